import { expect, test } from 'vitest';

import { folderWith } from '../settings/settings-folder.ts';
import { salesToml } from '../support/sales.ts';
import { datasets } from './datasets-command.ts';

test('the datasets are listed in the order in which they take files', async () => {
  const toml = `${salesToml}\n[datasets.off]\npatterns = ["off*", "o?"]\nenabled = false\ncolumns = { id = "text" }\n`;
  const cwd = folderWith({ 'settings.toml': toml, 'none.toml': '' });
  expect((await datasets(cwd, 'list')).stdout).toBe(`
  name    enabled   patterns     columns   key   event time   table
  ──────────────────────────────────────────────────────────────────────────
  sales   yes       sales*.csv         4   id    sold_at      datasets.sales
  off     no        off*, o?           1   -     -            datasets.off

`);
  expect(JSON.parse((await datasets(cwd, 'list', '--output', 'json')).stdout)).toEqual([
    {
      name: 'sales',
      enabled: true,
      patterns: ['sales*.csv'],
      table: 'datasets.sales',
      columns: 4,
      key: ['id'],
      eventTime: 'sold_at',
    },
    {
      name: 'off',
      enabled: false,
      patterns: ['off*', 'o?'],
      table: 'datasets.off',
      columns: 1,
      key: [],
      eventTime: null,
    },
  ]);
  expect((await datasets(cwd, 'list', '--config', 'none.toml')).stdout).toContain(
    'charlie datasets infer FILE',
  );
});
