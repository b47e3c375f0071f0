import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { fileStates } from '../../src/domain/file-state.ts';
import { TestApi } from './test-api.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const file = join(import.meta.dirname, '../../examples/grafana-dashboard.json');

test('the dashboard asks for all metrics that there are, and for no others', async () => {
  await using api = await TestApi.start();
  const { panels } = JSON.parse(await readFile(file, 'utf8')) as Dashboard;
  const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');

  const { body } = await api.get('/metrics');
  const served = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'summary' ? [`${name}_sum`, `${name}_count`] : [name],
  );
  const named = new Set(asked.match(/\b(?:scheduler|syncjob|ledger)_\w+/g));
  expect([...named].sort()).toEqual(served.sort());
  for (const [, state] of asked.matchAll(/state="(\w+)"/g)) expect(Object.keys(fileStates)).toContain(state);
});

test('its panels stand beside each other, within the 24 columns that Grafana has', async () => {
  const { panels } = JSON.parse(await readFile(file, 'utf8')) as Dashboard;
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => [x + (cell % w), y + Math.floor(cell / w)] as const),
  );
  expect(new Set(cells.map(String)).size).toBe(cells.length);
  expect(Math.max(...cells.map(([x]) => x))).toBe(23);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});
