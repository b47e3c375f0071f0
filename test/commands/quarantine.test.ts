import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { quarantineCommand } from '../../src/commands/quarantine.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { Shell } from './shell.ts';

/** The dataset wants a column that the files call otherwise. */
const wrongToml = salesToml.replace(
  'shop = "text"',
  'shop = { type = "text", headers = ["store"], required = true }',
);
const storeCsv = salesCsv(manySales(3)).replace('shop', 'branch');
const fixedToml = wrongToml.replace('"store"', '"store", "branch"');

test('files that were refused are listed and explained, and loaded by the next run after the settings were corrected and they were put back in line', async () => {
  await using shell = await Shell.start(wrongToml);
  const { pipeline } = shell;
  expect((await shell.run('quarantine', 'list')).stdout).toBe('Nothing is in quarantine.\n');
  expect(await shell.json('quarantine', 'list')).toEqual([]);
  pipeline.simulator.library.put('sales 1.csv', storeCsv);
  pipeline.simulator.library.put('sub/sales 2.csv', salesCsv(manySales(2, 10)).replace('shop', 'branch'));
  await shell.sync();

  const listed = await shell.json('quarantine', 'list');
  expect(listed.map(({ name, dataset, reason, state }) => [name, dataset, reason, state]).sort()).toEqual([
    ['sales 1.csv', 'sales', 'missing_columns', 'quarantined'],
    ['sales 2.csv', 'sales', 'missing_columns', 'quarantined'],
  ]);
  const first = listed.find(({ name }) => name === 'sales 1.csv')!;
  const table = await shell.run('quarantine', 'list', '--limit', '1');
  expect(table.stdout).toMatch(/id +file +dataset +reason +when +run\n/);
  expect(table.stdout).toMatch(/sales \d\.csv +sales +missing_columns +\d{4}-\d\d-\d\d \d\d:\d\d +sync-/);
  expect(table.stderr).toContain('1 of 2; --limit 2 shows all.');

  const shown = await shell.run('quarantine', 'show', String(first['fileId']));
  const copy = join(
    pipeline.settings.scheduler.ingestionDir,
    'quarantine',
    `${String(first['fileId'])}-sales 1.csv`,
  );
  for (const said of [
    'sales 1.csv',
    'missing_columns',
    'A required column or one of the key is missing.',
    'Add the header',
    `copy          ${copy}\n`,
    'nothing of it',
    `charlie quarantine retry ${String(first['fileId'])}\n`,
  ])
    expect(shown.stdout).toContain(said);
  expect(await readFile(copy, 'utf8')).toBe(storeCsv);

  await shell.settings(fixedToml);
  const retried = await shell.run('quarantine', 'retry', '--all', '--dataset', 'sales');
  expect(retried.stdout).toContain('Back in line: 2 files.');
  expect(retried.stderr).toContain('charlie trigger');
  expect(await shell.sync()).toMatchObject({
    status: 'succeeded',
    downloaded: 2,
    ingested: 2,
    rowsLoaded: 5,
  });
  const { sql } = pipeline;
  expect(await sql`select id, shop from datasets.sales order by id`).toEqual(
    [1, 2, 3, 10, 11].map((id) => ({ id, shop: 'north' })),
  );
  expect(await sql`select rows from charlie.aggregated_hours`).toEqual([{ rows: 5 }]);
  expect(await shell.json('quarantine', 'list')).toEqual([]);
});

test('a local file that was moved into quarantine is put back where it lay, and loaded from there', async () => {
  await using shell = await Shell.start(wrongToml);
  const { pipeline } = shell;
  const dir = pipeline.settings.scheduler.ingestionDir;
  const path = join(dir, 'dropped here/sales.csv');
  await mkdir(join(dir, 'dropped here'), { recursive: true });
  await writeFile(path, storeCsv);
  await shell.ingest(dir);
  await expect(stat(path)).rejects.toThrow('ENOENT');
  // The next listing finds it gone.
  await shell.ingest(dir);
  const [file] = await shell.json('quarantine', 'list');
  const id = String(file!['fileId']);

  await shell.settings(fixedToml);
  const retried = await shell.run('quarantine', 'retry', id);

  expect(retried).toMatchObject({ exitCode: 0 });
  expect(retried.stderr).toContain(`charlie ingest '${path}'`);
  expect(await readFile(path, 'utf8')).toBe(storeCsv);
  await expect(stat(join(dir, 'quarantine', `${id}-sales.csv`))).rejects.toThrow('ENOENT');
  expect(await shell.ingest(path)).toMatchObject({ ingested: 1, rowsLoaded: 3 });
  expect(await pipeline.sql`select file_id, state from charlie.ingestion_log`).toEqual([
    { file_id: Number(id), state: 'ingested' },
  ]);
  expect(await pipeline.sql`select id from datasets.sales order by id`).toEqual(
    [1, 2, 3].map((each) => ({ id: each })),
  );
});

test('a local file that was corrected in its place is not put back over the correction', async () => {
  await using shell = await Shell.start(wrongToml);
  const { pipeline } = shell;
  const path = join(pipeline.dir, 'sales.csv');
  await writeFile(path, storeCsv);
  await shell.ingest(path);
  await writeFile(path, storeCsv.replace('branch', 'store'));

  const refused = await shell.run('quarantine', 'retry', '1');

  expect(refused.exitCode).toBe(6);
  expect(refused.stderr).toContain(`${path} is another file now`);
  expect(await shell.json('quarantine', 'list')).toHaveLength(1);
  expect(await shell.ingest(path)).toMatchObject({ ingested: 1, rowsLoaded: 3 });
});

test('a version that was held back for its lost rows is loaded when somebody accepts that', async () => {
  await using shell = await Shell.start(salesToml);
  const { pipeline } = shell;
  const { library } = pipeline.simulator;
  library.put('sales.csv', salesCsv(manySales(10)));
  await shell.sync();
  library.put('sales.csv', salesCsv(manySales(4)));
  await shell.sync();
  const [file] = await shell.json('quarantine', 'list');
  const id = String(file!['fileId']);
  const shown = await shell.run('quarantine', 'show', id);
  expect(shown.stdout).toContain('file 1, the version before: 10 rows');
  expect(shown.stdout).toContain(`charlie quarantine retry ${id} --accept-shrunk`);

  const plain = await shell.run('quarantine', 'retry', id);
  expect(plain.stderr).toContain('--accept-shrunk');
  await shell.sync();
  expect(await shell.json('quarantine', 'list')).toHaveLength(1);
  await shell.run('quarantine', 'retry', id, '--accept-shrunk');
  await shell.sync();

  const { sql } = pipeline;
  expect(await sql`select id from datasets.sales order by id`).toEqual(
    [1, 2, 3, 4].map((each) => ({ id: each })),
  );
  expect(await sql`select rows from charlie.aggregated_hours`).toEqual([{ rows: 4 }]);
});

test('a file is given up only when that is confirmed, and then neither its copy nor another try remains', async () => {
  await using shell = await Shell.start(wrongToml);
  const { pipeline } = shell;
  pipeline.simulator.library.put('sales.csv', storeCsv);
  await shell.sync();
  const copy = join(pipeline.settings.scheduler.ingestionDir, 'quarantine/1-sales.csv');

  const unconfirmed = await shell.run('quarantine', 'discard', '1');
  expect(unconfirmed.exitCode).toBe(2);
  expect(unconfirmed.stderr).toContain('--yes');
  expect((await stat(copy)).isFile()).toBe(true);
  await expect(answering(pipeline, 'n', ['discard', '1'])).rejects.toMatchObject({ exitCode: 1 });
  expect(await shell.json('quarantine', 'list')).toHaveLength(1);

  const asked = await answering(pipeline, 'y', ['discard', '1']);
  expect(asked).toEqual(['Give 1 file up, and remove the copies? [y/N] ']);
  await expect(stat(copy)).rejects.toThrow('ENOENT');
  expect(await shell.json('files', '--state', 'discarded')).toMatchObject([{ fileId: 1, name: 'sales.csv' }]);
  await shell.settings(fixedToml);
  expect(await shell.sync()).toMatchObject({ downloaded: 0, ingested: 0 });

  pipeline.simulator.library.put('sales.csv', `${storeCsv}4,2026-11-20T10:15:00Z,north,1\n`);
  expect(await shell.sync()).toMatchObject({ ingested: 1, rowsLoaded: 4 });
});

test('what is wrong with a file that was named is said, with an exit code of its own, and the others are done', async () => {
  await using shell = await Shell.start(wrongToml);
  const { pipeline } = shell;
  pipeline.simulator.library.put('sales 1.csv', storeCsv);
  await shell.sync();

  const some = await shell.run('quarantine', 'retry', '1', '4711');
  expect(some.exitCode).toBe(5);
  expect(some.stdout).toContain('Back in line: 1 file.');
  expect(some.stderr).toContain('charlie: The ledger has no file 4711.');
  const again = await shell.run('quarantine', 'show', '1');
  expect(again.exitCode).toBe(6);
  expect(again.stderr).toContain('charlie: File 1 (sales 1.csv) is pending, not quarantined.');
  for (const wrong of [
    ['retry'],
    ['retry', '1', '--all'],
    ['retry', '1', '--dataset', 'sales'],
    ['show', 'sales 1.csv'],
  ])
    expect(await shell.run('quarantine', ...wrong)).toMatchObject({ exitCode: 2 });
});

/** Runs a verb in this process, with somebody at the terminal who answers; returns what was asked. */
async function answering(pipeline: Pipeline, answer: string, args: readonly string[]): Promise<string[]> {
  const asked: string[] = [];
  const command = quarantineCommand({
    cwd: pipeline.dir,
    env: pipeline.env,
    stdout: () => undefined,
    stderr: () => undefined,
    columns: 120,
    interactive: true,
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
  });
  await command.parseAsync(args, { from: 'user' });
  return asked;
}
