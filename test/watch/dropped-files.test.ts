import { appendFile, cp, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { until } from '../survival/waiting.ts';
import {
  csv,
  untilLoaded,
  untilNoRunIsOpen,
  untilStates,
  Watching,
  watchedPipeline,
  watchRuns,
} from './watching.ts';

const oneFile = { status: 'succeeded', listed: 1, ingested: 1, quarantined: 0, failed: 0 };

test('files that are dropped by copying and by renaming are loaded, and files of the same name in two folders are two files', async () => {
  await using pipeline = await watchedPipeline();
  const { incoming, dropped, dir } = pipeline;
  await writeFile(join(dir, 'sales.csv'), csv(1));
  await writeFile(join(dir, 'sales 2.csv'), csv(2));
  await mkdir(join(dropped, 'below', 'here'), { recursive: true });
  await using watching = await Watching.start(pipeline);

  await cp(join(dir, 'sales.csv'), join(incoming, 'sales.csv'));
  await rename(join(dir, 'sales 2.csv'), join(dropped, 'sales.csv'));
  await writeFile(join(dropped, 'below', 'here', 'sales.csv'), csv(3));

  await untilLoaded(pipeline, [1, 2, 3]);
  await untilNoRunIsOpen(pipeline);
  const ledger = await pipeline.sql`
    select path, state from charlie.ingestion_log join charlie.sources using (source_id) where kind = 'directory' order by path`;
  expect([...ledger]).toEqual(
    [join(incoming, 'sales.csv'), join(dropped, 'below', 'here', 'sales.csv'), join(dropped, 'sales.csv')]
      .toSorted()
      .map((path) => ({ path, state: 'ingested' })),
  );
  const run = await pipeline.client.workflow.getHandle(watching.target.workflowId).describe();
  expect(run).toMatchObject({ type: 'SyncAndIngestWorkflow', status: { name: 'COMPLETED' } });
});

test('a file that is written slowly is left alone until it is complete, and then loaded once', async () => {
  const pieces = 400;
  await using pipeline = await watchedPipeline();
  await using watching = await Watching.start(pipeline);
  const slow = join(pipeline.dropped, 'sales slow.csv');
  const lines = csv(...Array.from({ length: pieces }, (_, index) => index + 1)).split('\n');

  // A piece whenever the watch has had time to look, until it has taken a file that came after the first piece.
  await writeFile(slow, `${lines.slice(0, 3).join('\n')}\n`);
  await writeFile(join(pipeline.dropped, 'sales quick.csv'), csv(1000));
  let written = 3;
  await until(
    'the quick one is loaded',
    async () => {
      if (written < pieces) await appendFile(slow, `${lines[written++] ?? ''}\n`);
      return (await pipeline.sql`select from charlie.ingestion_log where state = 'ingested'`).length > 0;
    },
    () => JSON.stringify(watching.logged),
    { intervalMs: 300 },
  );
  expect([...(await pipeline.sql`select name from charlie.ingestion_log`)]).toEqual([
    { name: 'sales quick.csv' },
  ]);
  await appendFile(slow, lines.slice(written).join('\n'));

  await untilLoaded(pipeline, [...Array.from({ length: pieces }, (_, index) => index + 1), 1000]);
  await untilNoRunIsOpen(pipeline);
  expect(await watchRuns(pipeline)).toEqual([oneFile, oneFile]);
});

test('what is dropped while nobody watches is found at the next start; what was loaded, left out, refused or given up is not taken again', async () => {
  await using pipeline = await watchedPipeline();
  const first = await Watching.start(pipeline);
  await writeFile(join(pipeline.incoming, 'sales 1.csv'), csv(1));
  await untilLoaded(pipeline, [1]);
  await writeFile(join(pipeline.dropped, 'sales copy.csv'), csv(1));
  for (const name of ['sales refused.csv', 'sales given up.csv'])
    await writeFile(join(pipeline.dropped, name), '');
  await untilStates(pipeline, { duplicate: 1, ingested: 1, quarantined: 2 });
  await untilNoRunIsOpen(pipeline);
  await first.stop();
  await pipeline.sql`update charlie.ingestion_log set state = 'discarded' where name = 'sales given up.csv'`;
  const before = await watchRuns(pipeline);

  await writeFile(join(pipeline.incoming, 'sales 2.csv'), csv(2));
  await using second = await Watching.start(pipeline);
  await untilLoaded(pipeline, [1, 2]);
  await untilNoRunIsOpen(pipeline);

  expect(await watchRuns(pipeline)).toEqual([...before, oneFile]);
  expect(second.troubles).toEqual([]);
});

test('a file that is changed replaces its rows; one that no dataset takes starts nothing, and a refused one nothing more', async () => {
  await using pipeline = await watchedPipeline();
  const { dropped } = pipeline;
  await using watching = await Watching.start(pipeline);
  await writeFile(join(dropped, 'notes.txt'), 'of no dataset');
  await writeFile(join(dropped, 'sales.csv.part'), csv(99));
  await writeFile(join(dropped, '~$sales.csv'), csv(99));
  await writeFile(join(dropped, '.sales.csv'), csv(99));
  await writeFile(join(dropped, 'sales refused.csv'), '');
  await until('the refused one is recorded', async () => {
    const refused = await pipeline.sql`select from charlie.ingestion_log where state = 'quarantined'`;
    return refused.length === 1;
  });
  await writeFile(join(dropped, 'sales.csv'), csv(1, 2));
  await untilLoaded(pipeline, [1, 2]);
  await writeFile(join(dropped, 'sales.csv'), csv(2, 3));
  await untilLoaded(pipeline, [2, 3]);
  await untilNoRunIsOpen(pipeline);

  expect(await watchRuns(pipeline)).toEqual([{ ...oneFile, ingested: 0, quarantined: 1 }, oneFile, oneFile]);
  expect(watching.saying('Left alone: no dataset')).toMatchObject([
    { files: 1, first: [join(dropped, 'notes.txt')] },
  ]);
});

test('what a run downloads is not taken for something that was dropped', async () => {
  await using pipeline = await watchedPipeline();
  for (const id of [1, 2, 3]) pipeline.simulator.library.put(`sales ${id}.csv`, csv(id));
  await using watching = await Watching.start(pipeline);
  await pipeline.sync();
  // By the time this one is loaded, the watch has had the downloads before it for as long.
  await writeFile(join(pipeline.incoming, 'sales by hand.csv'), csv(4));
  await untilLoaded(pipeline, [1, 2, 3, 4]);
  await untilNoRunIsOpen(pipeline);

  expect(watching.saying('Files were dropped')).toMatchObject([{ files: 1 }]);
  expect(await watchRuns(pipeline)).toEqual([oneFile]);
});

test('two watches of the same folders load each file once, by one run at a time', async () => {
  await using pipeline = await watchedPipeline();
  await using one = await Watching.start(pipeline);
  await using other = await Watching.start(pipeline);
  const ids = Array.from({ length: 30 }, (_, index) => index + 1);
  for (const id of ids) await writeFile(join(pipeline.dropped, `sales ${id}.csv`), csv(id));

  await untilLoaded(pipeline, ids);
  await untilNoRunIsOpen(pipeline);

  const overlapping = await pipeline.sql`
    select from charlie.run_history one join charlie.run_history other on one.run_id < other.run_id
    where one.start_ts < other.end_ts and other.start_ts < one.end_ts`;
  expect(overlapping.length).toBe(0);
  const runs = await watchRuns(pipeline);
  expect(runs.reduce((sum, { listed }) => sum + listed, 0)).toBe(30);
  expect(one.troubles).toEqual([]);
  expect(other.troubles).toEqual([]);
});

test('two hosts that share a folder, and nothing else, load each file once, also when they take it away afterwards', async () => {
  await using pipeline = await watchedPipeline({ CHARLIE_SYNC__LOCAL_FILES: 'delete' });
  const hosts = ['one', 'other'].map((name) => ({
    ...pipeline.settings,
    scheduler: { ...pipeline.settings.scheduler, ingestionDir: join(pipeline.dir, name) },
  }));
  await using one = await Watching.start(pipeline, hosts[0]);
  await using other = await Watching.start(pipeline, hosts[1]);
  const ids = Array.from({ length: 30 }, (_, index) => index + 1);
  for (const id of ids) await writeFile(join(pipeline.dropped, `sales ${id}.csv`), csv(id));

  await untilLoaded(pipeline, ids);
  await untilNoRunIsOpen(pipeline);

  const runs = await watchRuns(pipeline);
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'succeeded'));
  expect(runs.reduce((sum, { ingested }) => sum + ingested, 0)).toBe(30);
  expect(one.troubles).toEqual([]);
  expect(other.troubles).toEqual([]);
});

test('folders that lie in one another, or are named twice, are watched once', async () => {
  await using pipeline = await watchedPipeline({ CHARLIE_WATCH__DIRECTORIES: '., dropped/below, again' });
  const { incoming, dropped, dir } = pipeline;
  await mkdir(join(dropped, 'below'));
  await symlink(dropped, join(dir, 'again'));
  pipeline.simulator.library.put('sales 1.csv', csv(1));
  await using watching = await Watching.start(pipeline);
  await pipeline.sync();
  await writeFile(join(incoming, 'sales 2.csv'), csv(2));
  await writeFile(join(dropped, 'below', 'sales 3.csv'), csv(3));
  await writeFile(join(dropped, 'sales 4.csv'), csv(4));

  await untilLoaded(pipeline, [1, 2, 3, 4]);
  await untilNoRunIsOpen(pipeline);

  const runs = await watchRuns(pipeline);
  expect(runs.reduce((sum, { listed }) => sum + listed, 0)).toBe(3);
  expect(watching.troubles).toEqual([]);
});

test('more files than one run may be given are loaded by several, one after the other', async () => {
  await using pipeline = await watchedPipeline();
  // Paths of 500 bytes: some 65 of them are the most for one run.
  const deep = join(pipeline.dropped, 'd'.repeat(200), 'e'.repeat(200));
  await mkdir(deep, { recursive: true });
  const ids = Array.from({ length: 100 }, (_, index) => index + 1);
  for (const id of ids) await writeFile(join(deep, `sales ${id}.csv`), csv(id));
  await using watching = await Watching.start(pipeline);

  await untilLoaded(pipeline, ids);
  await untilNoRunIsOpen(pipeline);

  const runs = await watchRuns(pipeline);
  expect(runs.length).toBeGreaterThan(1);
  expect(runs.reduce((sum, { listed }) => sum + listed, 0)).toBe(100);
  expect(watching.troubles).toEqual([]);
});

test('a folder that is away is looked for again; one that comes back is watched', async () => {
  await using pipeline = await watchedPipeline();
  const { dropped } = pipeline;
  await rm(dropped, { recursive: true });
  await using watching = await Watching.start(pipeline);
  await until('it says so', () => watching.saying('Folders that cannot be found').length > 0);
  await writeFile(join(pipeline.incoming, 'sales 1.csv'), csv(1));
  await untilLoaded(pipeline, [1]);

  await mkdir(dropped);
  await writeFile(join(dropped, 'sales 2.csv'), csv(2));
  await untilLoaded(pipeline, [1, 2]);

  expect(watching.saying('Folders that cannot be found')).toMatchObject([{ files: 1, first: [dropped] }]);
});

test('files that were in ingestion_dir when it came from another database are left alone until they change', async () => {
  await using former = await watchedPipeline();
  former.simulator.library.put('sales 1.csv', csv(1));
  const worker = await former.startWorker();
  await former.sync();
  worker.shutdown();
  await worker.ended;
  await using pipeline = await watchedPipeline({ CHARLIE_SCHEDULER__INGESTION_DIR: former.incoming });

  await using watching = await Watching.start(pipeline);
  await writeFile(join(former.incoming, 'sales 2.csv'), csv(2));
  await untilLoaded(pipeline, [2]);
  await untilNoRunIsOpen(pipeline);
  expect(watching.saying('Left alone: they were there')).toMatchObject([{ files: 1 }]);
  expect(await watchRuns(pipeline)).toEqual([oneFile]);

  await utimes(join(former.incoming, 'sales 1.csv'), new Date(), new Date());
  await untilLoaded(pipeline, [1, 2]);
});

test.for(['moved', 'copied'] as const)(
  'what was downloaded is not taken for dropped after ingestion_dir was %s',
  async (how) => {
    await using pipeline = await watchedPipeline();
    const { incoming, dir } = pipeline;
    pipeline.simulator.library.put('sales 1.csv', csv(1));
    const worker = await pipeline.startWorker();
    await pipeline.sync();
    worker.shutdown();
    await worker.ended;
    const moved = join(dir, 'moved');
    if (how === 'moved') await rename(incoming, moved);
    else {
      await rename(incoming, join(dir, 'former disk'));
      await cp(join(dir, 'former disk'), incoming, { recursive: true, preserveTimestamps: true });
    }
    const ingestionDir = how === 'moved' ? moved : incoming;
    const settings = { ...pipeline.settings, scheduler: { ...pipeline.settings.scheduler, ingestionDir } };

    await using watching = await Watching.start(pipeline, settings);
    await writeFile(join(ingestionDir, 'sales 2.csv'), csv(2));
    await untilLoaded(pipeline, [1, 2]);
    pipeline.simulator.library.put('sales 1.csv', csv(1, 3));
    await pipeline.sync();

    await untilLoaded(pipeline, [1, 2, 3]);
    await untilNoRunIsOpen(pipeline);
    expect(await watchRuns(pipeline)).toEqual([oneFile]);
    expect(watching.saying('Left alone: they were there')).toMatchObject([{ files: 1 }]);
  },
);

test('after the database was set back to a backup, what was downloaded since is not taken for dropped', async () => {
  await using pipeline = await watchedPipeline();
  pipeline.simulator.library.put('sales 1.csv', csv(1));
  const worker = await pipeline.startWorker();
  await pipeline.sync();
  worker.shutdown();
  await worker.ended;
  await pipeline.sql`truncate charlie.sources, charlie.drive_items, charlie.ingestion_log, charlie.run_history, charlie.downloads cascade`;
  await pipeline.sql`truncate datasets.sales`;

  await using watching = await Watching.start(pipeline);
  await writeFile(join(pipeline.incoming, 'sales 2.csv'), csv(2));
  await untilLoaded(pipeline, [2]);
  await pipeline.sync();

  await untilLoaded(pipeline, [1, 2]);
  await untilNoRunIsOpen(pipeline);
  expect(await watchRuns(pipeline)).toEqual([oneFile]);
  expect(watching.troubles).toEqual([]);
});

test('a run that fails is begun again later, and one that somebody cancels is not', async () => {
  await using pipeline = await watchedPipeline();
  const { sql, dropped, client } = pipeline;
  await using watching = await Watching.start(pipeline);
  await sql`alter table charlie.drive_items rename to items_away`;
  await writeFile(join(dropped, 'sales 1.csv'), csv(1));
  await until('a run has failed', () => watching.saying('The run for dropped files failed').length > 0);
  await sql`alter table charlie.items_away rename to drive_items`;
  await untilLoaded(pipeline, [1]);

  await sql.begin(async (tx) => {
    await tx`lock table datasets.sales in exclusive mode`;
    await writeFile(join(dropped, 'sales 2.csv'), csv(2));
    const run = client.workflow.getHandle(watching.target.workflowId);
    await until('the run loads', async () => {
      const { raw, status } = await run.describe();
      const { pendingActivities } = raw;
      return status.name === 'RUNNING' && pendingActivities?.[0]?.activityType?.name === 'ingestFiles';
    });
    await run.cancel();
    await until('the run is cancelled', async () => (await run.describe()).status.name === 'CANCELLED');
  });
  await writeFile(join(dropped, 'sales 3.csv'), csv(3));
  await untilLoaded(pipeline, [1, 3]);
  await untilNoRunIsOpen(pipeline);

  const statuses = (await watchRuns(pipeline)).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 'failed')).toEqual(['succeeded', 'cancelled', 'succeeded']);
});

test('a file whose name is not UTF-8 is named once in the log, and does not keep the others from being loaded', async () => {
  await using pipeline = await watchedPipeline();
  const { dropped } = pipeline;
  const misnamed = Buffer.concat([
    Buffer.from(join(dropped, 'sales M')),
    Buffer.from([0xfc]),
    Buffer.from('.csv'),
  ]);
  await writeFile(misnamed, csv(1));
  await using watching = await Watching.start(pipeline);
  await writeFile(join(dropped, 'sales 2.csv'), csv(2));
  await untilLoaded(pipeline, [2]);
  await untilNoRunIsOpen(pipeline);
  // What clears the folder away cannot ask for it either.
  await rm(misnamed);

  expect(watching.saying('Left alone: their names are not UTF-8')).toMatchObject([
    { files: 1, first: [join(dropped, 'sales M\ufffd.csv')] },
  ]);
});

test('a dropped file that is gone again by the time of the listing is passed over', async () => {
  await using pipeline = await watchedPipeline();
  await using watching = await Watching.start(pipeline);
  const paths = ['sales gone.csv', 'sales.csv'].map((name) => join(pipeline.dir, name));
  await writeFile(paths[1]!, csv(1));

  const { taskQueue: watchQueue } = watching.target;
  const result = await pipeline.sync({ job: 'watch', source: { kind: 'directory', paths, watchQueue } });

  expect(result).toMatchObject(oneFile);
});
