import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { charlieHere } from '../support/charlie.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';

/** The first file of a new ledger was open when so many processes were lost. */
async function lost(pipeline: Pipeline, processes: number): Promise<void> {
  await pipeline.sql`
    insert into charlie.open_files (file_id, opened_by, takedowns, lost_process, server_start)
    values (1, 'elsewhere 4711', ${processes - 1}, 'elsewhere 4710', pg_postmaster_start_time())`;
}

test('a file that took three workers down is set aside with its reason, the run goes on, and an operator can have it tried again', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { simulator, sql, settings } = pipeline;
  for (const id of [1, 2]) simulator.library.put(`sales ${id}.csv`, salesCsv([{ id }]));
  await lost(pipeline, 3);

  const result = await pipeline.sync();

  expect(result).toMatchObject({ status: 'succeeded', ingested: 1, quarantined: 1 });
  const [file] = await sql<{ name: string }[]>`select name from charlie.ingestion_log where file_id = 1`;
  const { name } = file!;
  expect(result.problems).toEqual([
    `${name}: took_down_workers: It was open when 3 worker processes were lost, the last time alone (elsewhere 4711).`,
  ]);
  const dir = settings.scheduler.ingestionDir;
  expect((await stat(join(dir, `quarantine/1-${name}`))).isFile()).toBe(true);
  await expect(stat(join(dir, name))).rejects.toThrow('ENOENT');
  expect(await pipeline.sync()).toMatchObject({ downloaded: 0 });

  const shown = await charlieHere(['quarantine', 'show', '1'], { cwd: pipeline.dir, env: pipeline.env });
  expect(shown.stdout).toContain('worker processes were lost while they read it, so it is read alone');
  await charlieHere(['quarantine', 'retry', '1'], { cwd: pipeline.dir, env: pipeline.env });
  expect(await pipeline.sync()).toMatchObject({ ingested: 1, rowsLoaded: 1 });
  expect(await sql`select file_id from charlie.open_files`).toEqual([]);
});

test('a file that was open when two workers were lost is loaded all the same', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  for (let file = 1; file <= 6; file++)
    pipeline.simulator.library.put(`sales ${file}.csv`, salesCsv([{ id: file }]));
  await lost(pipeline, 2);

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 6, rowsLoaded: 6 });
});
