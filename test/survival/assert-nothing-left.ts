import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'vitest';
import { isMissing } from '../../src/domain/is-missing.ts';
import { archiveFolder, quarantineFolder, syncFolder } from '../../src/domain/local-path.ts';
import type { Pipeline } from '../support/pipeline.ts';
import type { Truth } from './truth.ts';
import { until } from './waiting.ts';

type Files = Pick<Truth, 'files' | 'former'>;

/** Stay for good: they tell workers whether they share the folder, and whether their ledger knows what is in it. */
const markers = ['place', 'last-download.json'];

/** No mark, temporary file, transaction or run remains of what was killed, stopped or repeated. */
export async function assertNothingLeft(pipeline: Pipeline, truth: Files): Promise<void> {
  await assertNoTraces(pipeline, truth);
  await assertNoTransaction(pipeline);
}

export async function assertNoTraces(pipeline: Pipeline, truth: Files): Promise<void> {
  await assertNothingHalfDone(pipeline, truth);
  expect([...(await pipeline.sql`select * from charlie.stale_hours`)]).toEqual([]);
  expect([...(await pipeline.sql`select * from charlie.open_files where opened_by is not null`)]).toEqual([]);
  const { ingestionDir } = pipeline.settings.scheduler;
  expect((await namesIn(join(ingestionDir, syncFolder))).filter((name) => !markers.includes(name))).toEqual(
    [],
  );
  expect((await namesIn(pipeline.settings.reports.dir)).filter((name) => !name.endsWith('.xlsx'))).toEqual(
    [],
  );
  await noRunUnderWay(pipeline);
}

/**
 * True at any moment, also right after a kill: a file that lies in ingestion_dir under its own name is whole, and the
 * rows of a file are all there or none of them.
 */
export async function assertNothingHalfDone(
  { settings, sql }: Pipeline,
  { files, former }: Files,
): Promise<void> {
  const versions = [...former, ...files];
  const { ingestionDir } = settings.scheduler;
  const lying = (await namesIn(ingestionDir)).filter(
    (name) => ![syncFolder, quarantineFolder, archiveFolder].includes(name),
  );
  const quarantined = (await namesIn(join(ingestionDir, quarantineFolder))).map((name) =>
    join(quarantineFolder, name),
  );
  const archived: string[] = [];
  for (const day of await namesIn(join(ingestionDir, archiveFolder))) {
    for (const name of await namesIn(join(ingestionDir, archiveFolder, day)))
      archived.push(join(archiveFolder, day, name));
  }
  for (const name of [...lying, ...quarantined, ...archived]) {
    const bytes = await readFile(join(ingestionDir, name));
    const remotePath = name.replace(/^(?:quarantine|archive[/\\][\d-]+)[/\\]\.?\d+-/, '');
    const whole = versions.some((file) => file.path === remotePath && file.bytes.equals(bytes));
    expect(whole, `${name} (${bytes.length} bytes) is a version of ${remotePath}`).toBe(true);
  }

  const [{ exists }] = await sql<
    [{ exists: boolean }]
  >`select to_regclass('datasets.sales') is not null as exists`;
  if (!exists) return;
  const loaded = await sql<{ path: string; state: string; rows: number }[]>`
    select path, state, (select count(*) from datasets.sales where _file_id = file_id) as rows from charlie.ingestion_log`;
  for (const { path, state, rows } of loaded) {
    const counts = versions.filter((file) => file.path === path).map((file) => file.rows.length);
    expect(state === 'ingested' ? counts : [0], `rows of ${path}, which is ${state}`).toContain(rows);
  }
}

/** A backend notices that its client was killed only when it next writes or reads. */
async function assertNoTransaction({ sql }: Pipeline): Promise<void> {
  const left = (): Promise<readonly object[]> =>
    sql`
      select pid, state, wait_event_type, query, xact_start from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        and xact_start is not null`;
  await until(
    'no transaction is open',
    async () => (await left()).length === 0,
    async () => JSON.stringify(await left()),
  );
}

/** What lists runs learns of their end a moment later. */
async function noRunUnderWay({ client, settings }: Pipeline): Promise<void> {
  const query = `TaskQueue = "${settings.temporal.taskQueue}" AND ExecutionStatus = "Running"`;
  await until(`no run is under way on ${settings.temporal.taskQueue}`, async () => {
    for await (const run of client.workflow.list({ query })) if (run.workflowId !== '') return false;
    return true;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
