import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { connect } from '../../src/database/connection.ts';
import { Secret } from '../../src/settings/secret.ts';
import { charlieHere } from '../support/charlie.ts';
import { salesToml } from '../support/sales.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createTestDatabase } from '../support/with-database.ts';

test('`migrate --dry-run` says what would be made and what refused, with the way out, and changes nothing', async () => {
  const database = await createTestDatabase();
  const sql = connect(new Secret(database.url), 1);
  onTestFinished(async () => {
    await sql.end();
    await database.drop();
  });
  const cwd = await temporaryFolder();
  const settings = (toml: string) => writeFile(join(cwd, 'settings.toml'), toml);
  const migrate = (...args: readonly string[]) =>
    charlieHere(['migrate', ...args], { cwd, env: { CHARLIE_DATABASE__URL: database.url } });

  await settings(salesToml);
  const first = await migrate('--dry-run');
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^would apply {3}0001-initial\.sql\n(would apply {3}.*\n)+would create {2}datasets\.sales\n$/,
  );
  expect(await sql`select to_regnamespace('charlie') as made`).toEqual([{ made: null }]);
  expect((await migrate()).stdout).toBe(
    first.stdout.replaceAll('would apply ', 'applied').replaceAll('would create', 'created'),
  );
  expect(await migrate('--dry-run')).toMatchObject({ exitCode: 0, stdout: 'The database is up to date.\n' });

  await settings(
    salesToml
      .replace('numeric(12,2)', 'numeric(14,2)')
      .replace('shop = "text"', 'shop = "integer"\nnote = "text"'),
  );
  const refused = await migrate('--dry-run');
  expect(refused).toEqual({
    exitCode: 6,
    stdout: `would create  datasets.sales.note
would refuse  datasets.sales.shop is text, and the settings say integer
would refuse  datasets.sales.amount is numeric(12,2), and the settings say numeric(14,2)
`,
    stderr: `charlie: Tables do not fit their datasets in the settings. Nothing was changed. Take the change of the settings back; or stop the workers, do what stands below each column, and start again:
  datasets.sales.shop is text, and the settings say integer.
    Its values may not fit into integer. Keep them under another name, and begin a new column:
    alter table datasets.sales rename column "shop" to "shop_old";
    Or give the column another name in the settings. Or drop it, and have the files loaded again (charlie purge --reload):
    alter table datasets.sales drop column "shop";
  datasets.sales.amount is numeric(12,2), and the settings say numeric(14,2).
    alter table datasets.sales alter column "amount" type numeric(14,2);
`,
  });
  const json = await migrate('--dry-run', '--output', 'json');
  expect(json).toMatchObject({ exitCode: 6 });
  expect(JSON.parse(json.stdout)).toMatchObject({
    applied: [],
    datasetChanges: ['datasets.sales.note'],
    conflicts: [{ column: 'datasets.sales.shop' }, { column: 'datasets.sales.amount' }],
  });
  expect(await migrate()).toMatchObject({ exitCode: 6, stdout: '', stderr: refused.stderr });
});
