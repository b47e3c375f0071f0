import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { purgeCommand } from '../../src/commands/purge.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { Shell } from './shell.ts';

interface Entry {
  readonly name: string;
  readonly fileId: number;
}

interface Purged {
  readonly dryRun: boolean;
  readonly files: readonly Record<string, unknown>[];
}

/** Two files in two hours, loaded by one run; returns their ids by their names. */
async function loaded(shell: Shell): Promise<Record<string, string>> {
  const { library } = shell.pipeline.simulator;
  library.put('sales 1.csv', salesCsv([...manySales(3), { id: 'x' }]));
  library.put('sales 2.csv', salesCsv([{ id: 10, soldAt: '2026-11-20T12:00:00Z' }]));
  await shell.sync();
  const files = await shell.json<Entry[]>('files');
  return Object.fromEntries(files.map(({ name, fileId }) => [name, String(fileId)]));
}

async function hours({ pipeline }: Shell): Promise<unknown[]> {
  return [
    ...(await pipeline.sql`
      select extract(hour from hour)::int as hour, rows, (measures->>1)::numeric::int as amount
      from charlie.aggregated_hours order by hour`),
  ];
}

test('files are found by state, dataset, name and run', async () => {
  await using shell = await Shell.start(salesToml);
  const ids = await loaded(shell);
  const found = async (...filter: readonly string[]) =>
    (await shell.json('files', ...filter)).map(({ name }) => name).sort();
  const [entry] = await shell.json('files', '--name', 'SALES 1.*');
  expect(entry).toMatchObject({
    ...{ fileId: Number(ids['sales 1.csv']), name: 'sales 1.csv', path: 'sales 1.csv' },
    ...{ dataset: 'sales', state: 'ingested', rowsLoaded: 3 },
  });

  expect(await found('--state', 'ingested', '--dataset', 'sales')).toEqual(['sales 1.csv', 'sales 2.csv']);
  expect(await found('--state', 'purged')).toEqual([]);
  expect(await found('--dataset', 'calls')).toEqual([]);
  for (const run of [entry!['runId'], entry!['workflowId']])
    expect(await found('--run', String(run), '--name', '*2.csv')).toEqual(['sales 2.csv']);
  expect(await shell.run('files', '--run', 'nowhere')).toMatchObject({ exitCode: 5 });
  expect(await shell.run('files', '--state', 'lost')).toMatchObject({ exitCode: 2 });
  const table = await shell.run('files', '--name', '*1.csv');
  expect(table.stdout).toMatch(
    /id +file +dataset +state +rows +since\n.*\n +\d+ +sales 1\.csv +sales +ingested +3 +2/,
  );
  expect((await shell.run('files', '--name', 'nothing')).stdout).toBe('The ledger has no such file.\n');
});

test('a purge is shown first, done when it is confirmed, and the figures follow with the next run', async () => {
  await using shell = await Shell.start(salesToml);
  const ids = await loaded(shell);
  const id = ids['sales 1.csv']!;
  const expected = { name: 'sales 1.csv', dataset: 'sales', rows: 3, hours: 1 };

  const dry = await shell.json<Purged>('purge', '--file', id, '--dry-run');
  expect(dry).toMatchObject({ dryRun: true, files: [expected] });
  const unconfirmed = await shell.run('purge', '--file', id);
  expect(unconfirmed.exitCode).toBe(2);
  expect(unconfirmed.stderr).toMatch(/sales 1\.csv +sales +3 +1\n/);
  await expect(answering(shell, 'no', ['--file', id])).rejects.toMatchObject({ exitCode: 1 });
  expect(await shell.pipeline.sql`select from datasets.sales`).toHaveLength(4);

  expect(await answering(shell, 'yes', ['--file', id])).toEqual(['Purge 1 file? [y/N] ']);

  expect(await shell.pipeline.sql`select id from datasets.sales`).toEqual([{ id: 10 }]);
  expect(await shell.json('files', '--state', 'purged')).toMatchObject([{ name: 'sales 1.csv' }]);
  expect(await shell.sync()).toMatchObject({ status: 'succeeded', downloaded: 0, rowsLoaded: 0 });
  expect(await hours(shell)).toEqual([
    { hour: 10, rows: 0, amount: null },
    { hour: 12, rows: 1, amount: 1 },
  ]);
  expect(await shell.run('purge', '--file', id, '--yes')).toMatchObject({ exitCode: 6 });
  expect(await shell.run('purge', '--file', '4711', '--yes')).toMatchObject({ exitCode: 5 });
});

test('all that a run has loaded is purged and loaded anew: the same rows, rejects and figures, once', async () => {
  await using shell = await Shell.start(salesToml);
  await loaded(shell);
  const { sql } = shell.pipeline;
  const kept = async () => ({
    rows: [...(await sql`select id, _file_id, _line from datasets.sales order by id`)],
    rejects: [...(await sql`select file_id, line, raw from charlie.rejects`)],
    figures: await hours(shell),
  });
  const before = await kept();
  const [{ workflow_id: run }] = await sql<
    [{ workflow_id: string }]
  >`select workflow_id from charlie.run_history`;

  const purged = await shell.run('purge', '--run', run, '--reload', '--yes');

  expect(purged).toMatchObject({ exitCode: 0 });
  expect(purged.stdout).toContain('2 files, 4 rows');
  expect(await kept()).toMatchObject({ rows: [], rejects: [] });
  expect(await shell.sync()).toMatchObject({ downloaded: 2, ingested: 2, rowsLoaded: 4, rowsRejected: 1 });
  expect(await kept()).toEqual(before);
  const again = await shell.run('purge', '--run', run, '--yes');
  expect(again).toMatchObject({ exitCode: 0, stdout: 'Nothing to purge.\n' });
  for (const wrong of [[], ['--file', '1', '--run', run]])
    expect(await shell.run('purge', '--yes', ...wrong)).toMatchObject({ exitCode: 2 });
});

test('a local file is purged to be loaded again only while it lies where it was loaded from', async () => {
  await using shell = await Shell.start(salesToml);
  const path = join(shell.pipeline.dir, 'sales.csv');
  await writeFile(path, salesCsv(manySales(3)));
  await shell.ingest(path);

  expect(await shell.run('purge', '--file', '1', '--reload', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await shell.ingest(path)).toMatchObject({ ingested: 1, rowsLoaded: 3 });
  await rm(path);
  const refused = await shell.run('purge', '--file', '1', '--reload', '--yes');

  expect(refused.exitCode).toBe(5);
  expect(refused.stderr).toContain(`${path} is not there on this machine`);
  expect(await shell.pipeline.sql`select from datasets.sales`).toHaveLength(3);
});

test('charlie ingest says which files it has left out, since their content is there', async () => {
  await using shell = await Shell.start(salesToml);
  shell.pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));
  await shell.sync();
  const path = join(shell.pipeline.dir, 'sales copied.csv');
  await writeFile(path, salesCsv(manySales(3)));

  const inWords = await shell.run('ingest', path);

  expect(inWords.exitCode).toBe(0);
  expect(inWords.stderr).toContain('1 file was left out: another file has brought the same content.');
  expect(inWords.stderr).toContain('= sales copied.csv: the same content as sales.csv (file 1)');
  expect(await shell.pipeline.sql`select from datasets.sales`).toHaveLength(3);
  expect(await shell.ingest(path)).toMatchObject({ listed: 1, skipped: 1, duplicates: 0 });

  const purged = await shell.run('purge', '--file', '1', '--yes');
  expect(purged.stdout).toContain('2 had the same content as 1: back in line');
  expect(await shell.ingest(path)).toMatchObject({ ingested: 1, rowsLoaded: 3, duplicates: 0 });
});

/** Runs it in this process, with somebody at the terminal who answers; returns what was asked. */
async function answering({ pipeline }: Shell, answer: string, args: readonly string[]): Promise<string[]> {
  const asked: string[] = [];
  const command = purgeCommand({
    ...{ cwd: pipeline.dir, env: pipeline.env, columns: 120, interactive: true },
    ...{ stdout: () => undefined, stderr: () => undefined },
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
  });
  await command.parseAsync(args, { from: 'user' });
  return asked;
}
