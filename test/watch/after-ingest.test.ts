import { mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { tidyChunk } from '../../activities/tidy-local-files.ts';
import { charlie, charlieHere } from '../support/charlie.ts';
import { salesToml } from '../support/sales.ts';
import { until } from '../survival/waiting.ts';
import { killAllWorkers, WorkerProcess } from '../survival/worker-process.ts';
import {
  csv,
  untilLoaded,
  untilNoRunIsOpen,
  untilStates,
  Watching,
  watchedPipeline,
  watchRuns,
} from './watching.ts';

afterAll(killAllWorkers);

const archive = { CHARLIE_SYNC__LOCAL_FILES: 'archive' };

/** Relative paths of the files that lie there, however deep. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((path) => !path.startsWith('.sync'))
    .sort();
}

test('downloads and dropped files go to the archive of their folder, and are neither loaded again nor counted as deleted; other files stay', async () => {
  // A dataset that would take what lies in the archive, too.
  await using pipeline = await watchedPipeline(archive, salesToml.replace('sales*.csv', '*.csv'));
  const { incoming, dropped, dir, sql } = pipeline;
  pipeline.simulator.library.put('deep/sales 1.csv', csv(1));
  await mkdir(join(dropped, 'below'));
  await using watching = await Watching.start(pipeline);
  await pipeline.sync();
  await writeFile(join(incoming, 'sales 2.csv'), csv(2));
  await writeFile(join(dropped, 'below', 'sales 3.csv'), csv(3));
  await writeFile(join(dropped, 'notes.txt'), 'of no dataset');
  await untilLoaded(pipeline, [1, 2, 3]);
  await writeFile(join(dropped, 'sales copy of 3.csv'), csv(3));
  await untilStates(pipeline, { duplicate: 1, ingested: 3 });
  await untilNoRunIsOpen(pipeline);
  await writeFile(join(dir, 'sales 4.csv'), csv(4));
  const ingest = await charlie(['ingest', 'sales 4.csv', incoming, dropped, '--output', 'json'], {
    cwd: dir,
    env: pipeline.env,
  });
  expect(JSON.parse(ingest.stdout)).toMatchObject({ listed: 2, ingested: 1 });

  const ledger = await sql<{ name: string; place: string }[]>`
    select name, to_char(ended_at, 'YYYY-MM-DD') || '/' || file_id || '-' || name as place from charlie.ingestion_log`;
  const places = new Map(ledger.map(({ name, place }) => [name, place]));
  const archived = (name: string): string => join('archive', places.get(name) ?? '');
  expect(await filesIn(incoming)).toEqual([archived('sales 1.csv'), archived('sales 2.csv')].sort());
  const loaded = [archived('sales 3.csv'), archived('sales copy of 3.csv')];
  expect(await filesIn(dropped)).toEqual([...loaded, 'notes.txt'].sort());
  expect((await readdir(dir)).includes('sales 4.csv')).toBe(true);

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', downloaded: 0 });
  expect([...(await sql`select path from charlie.drive_items where deleted_at is not null`)]).toEqual([]);
  expect(watching.troubles).toEqual([]);
});

test('a file that is put back from the archive is loaded anew when its rows are purged for that, and archived again', async () => {
  await using pipeline = await watchedPipeline(archive);
  const { dropped, dir, env, sql } = pipeline;
  const path = join(dropped, 'sales.csv');
  await writeFile(path, csv(1));
  await using watching = await Watching.start(pipeline);
  await untilLoaded(pipeline, [1]);
  await untilNoRunIsOpen(pipeline);
  const [archived = ''] = await filesIn(dropped);
  await rename(join(dropped, archived), path);
  const [{ id }] = await sql<[{ id: number }]>`select file_id as id from charlie.ingestion_log`;
  await charlieHere(['purge', '--file', String(id), '--reload', '--yes'], { cwd: dir, env });

  const again = await pipeline.sync({ source: { kind: 'directory', paths: [path] } });

  expect(again).toMatchObject({ listed: 1, ingested: 1, skipped: 0 });
  expect(await filesIn(dropped)).toEqual([archived]);
  await untilLoaded(pipeline, [1]);
  expect(watching.troubles).toEqual([]);
});

test('with "delete" nothing of what was loaded stays; what was refused goes to quarantine as ever', async () => {
  await using pipeline = await watchedPipeline({ CHARLIE_SYNC__LOCAL_FILES: 'delete' });
  const { incoming, dropped } = pipeline;
  pipeline.simulator.library.put('sales 1.csv', csv(1));
  await using watching = await Watching.start(pipeline);
  await pipeline.sync();
  await writeFile(join(incoming, 'sales refused.csv'), '');
  await writeFile(join(dropped, 'sales 2.csv'), csv(2));
  await untilLoaded(pipeline, [1, 2]);
  await until('the refused one is recorded', async () => {
    const refused = await pipeline.sql`select from charlie.ingestion_log where state = 'quarantined'`;
    return refused.length === 1;
  });
  await untilNoRunIsOpen(pipeline);

  expect(await filesIn(incoming)).toMatchObject([
    expect.stringMatching(/^quarantine\/\d+-sales refused\.csv$/),
  ]);
  expect(await filesIn(dropped)).toEqual([]);
  expect(watching.troubles).toEqual([]);
});

test('a file that was changed right after it was loaded stays, and is loaded anew', async () => {
  await using pipeline = await watchedPipeline(archive);
  const path = join(pipeline.dropped, 'sales.csv');
  await writeFile(path, csv(1));
  await using stopped = await WorkerProcess.start(
    pipeline,
    'before-local-file-taken:stop',
    {},
    { watch: true },
  );
  await stopped.stopped();
  await writeFile(path, csv(1, 2));
  stopped.signal('SIGCONT');

  await untilLoaded(pipeline, [1, 2]);
  await untilNoRunIsOpen(pipeline);
  const ledger = await pipeline.sql`select state from charlie.ingestion_log order by file_id`;
  expect(ledger.map(({ state }) => String(state))).toEqual(['replaced', 'ingested']);
  expect(await filesIn(pipeline.dropped)).toHaveLength(1);
});

test('a file that grows after it was listed is neither loaded nor taken away before it is complete', async () => {
  await using pipeline = await watchedPipeline(archive);
  await using writer = await open(join(pipeline.dropped, 'sales.csv'), 'w');
  await writer.write(csv(1));
  await using stopped = await WorkerProcess.start(pipeline, 'manifest-written:stop', {}, { watch: true });
  await stopped.stopped();
  await writer.write(csv(1, 2).slice(csv(1).length));
  stopped.signal('SIGCONT');

  await untilLoaded(pipeline, [1, 2]);
  await untilNoRunIsOpen(pipeline);
  expect(await watchRuns(pipeline)).toMatchObject([
    { status: 'partial', ingested: 0, failed: 1 },
    { status: 'succeeded', ingested: 1, failed: 0 },
  ]);
  const failed = await pipeline.sql`
    select attempts, split_part(error, ':', 1) as error from charlie.run_files where state = 'failed'`;
  expect([...failed]).toEqual([{ attempts: 1, error: 'ListedFileChanged' }]);
});

test.for(['archive', 'delete'])(
  'what a run that was ended between the commit and the move has left is finished by the next run (%s)',
  async (fate) => {
    await using pipeline = await watchedPipeline({ CHARLIE_SYNC__LOCAL_FILES: fate });
    const { dropped, incoming } = pipeline;
    await writeFile(join(dropped, 'sales 1.csv'), csv(1));
    await using doomed = await WorkerProcess.start(
      pipeline,
      'before-local-file-taken:kill',
      {},
      { watch: true },
    );
    expect(await doomed.end()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await filesIn(dropped)).toEqual(['sales 1.csv']);
    const open = pipeline.client.workflow.list({
      query: `TaskQueue = "${pipeline.settings.temporal.taskQueue}"`,
    });
    await until('the run is found', async () => {
      for await (const run of open) {
        await pipeline.client.workflow.getHandle(run.workflowId).terminate('by the test');
        return true;
      }
      return false;
    });

    await using watching = await Watching.start(pipeline);
    await writeFile(join(incoming, 'sales 2.csv'), csv(2));
    await untilLoaded(pipeline, [1, 2]);
    await untilNoRunIsOpen(pipeline);

    expect((await filesIn(dropped)).filter((path) => !path.startsWith('archive'))).toEqual([]);
    expect(await filesIn(dropped)).toHaveLength(fate === 'archive' ? 1 : 0);
    const left = await pipeline.sql`select from charlie.run_files where after_ingest is not null`;
    expect(left.length).toBe(0);
    expect(watching.troubles).toEqual([]);
  },
);

test('what such a run has left stays when nothing is to be taken away any more', async () => {
  await using pipeline = await watchedPipeline({ CHARLIE_SYNC__LOCAL_FILES: 'delete' });
  pipeline.simulator.library.put('sales 1.csv', csv(1));
  await using doomed = await WorkerProcess.start(pipeline, 'before-local-file-taken:kill');
  const run = await pipeline.startSync();
  await doomed.end();
  await run.terminate('by the test');
  const { settings } = pipeline;
  await pipeline.startWorker({ ...settings, sync: { ...settings.sync, localFiles: 'keep' } });

  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded' });

  expect(await filesIn(pipeline.incoming)).toEqual(['sales 1.csv']);
});

test('a download that a lost host has not taken away is left by the host that goes on with its chunk, and taken away when it is back', async () => {
  await using pipeline = await watchedPipeline(archive);
  const { settings, sql, incoming, dir } = pipeline;
  pipeline.simulator.library.put('sales 1.csv', csv(1));
  await using lost = await WorkerProcess.start(pipeline, 'before-local-file-taken:kill');
  const run = await pipeline.startSync();
  await lost.end();
  await run.terminate('by the test');

  // The other host has another folder under the same path.
  await rename(incoming, join(dir, 'of the lost host'));
  const [{ runId }] = await sql<[{ runId: string }]>`select run_id as "runId" from charlie.run_history`;
  await tidyChunk({ settings, sql }, { runId, chunk: 0 });
  await rename(join(dir, 'of the lost host'), incoming);
  await pipeline.startWorker();
  await pipeline.sync();

  expect(await filesIn(incoming)).toEqual([expect.stringMatching(/^archive\//)]);
  const left = await sql`select from charlie.run_files where after_ingest is not null`;
  expect(left.length).toBe(0);
});

test('a watch that is killed in mid-load goes on when it is started again, with the same run', async () => {
  await using pipeline = await watchedPipeline(archive);
  await writeFile(join(pipeline.dropped, 'sales 1.csv'), csv(1));
  await using doomed = await WorkerProcess.start(pipeline, 'mid-copy:kill', {}, { watch: true });
  expect(await doomed.end()).toEqual({ code: null, signal: 'SIGKILL' });
  await writeFile(join(pipeline.dropped, 'sales 2.csv'), csv(2));

  await using again = await WorkerProcess.start(pipeline, undefined, {}, { watch: true });
  await untilLoaded(pipeline, [1, 2]);
  await untilNoRunIsOpen(pipeline);
  again.signal('SIGTERM');

  expect(await again.end()).toEqual({ code: 0, signal: null });
  const runs = await pipeline.sql`select status, ingested from charlie.run_history order by start_ts`;
  expect([...runs]).toEqual([
    { status: 'succeeded', ingested: 1 },
    { status: 'succeeded', ingested: 1 },
  ]);
});
