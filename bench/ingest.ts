import { execFile } from 'node:child_process';
import { link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import postgres from 'postgres';

import { callColumns, writeCalls } from './calls-file.ts';
import { type Figure, median, type Progress } from './figures.ts';
import { type Load, type Loader, startLoader } from './loader.ts';
import { type LocalServers, startLocalServers } from './local-servers.ts';
import { otherLoaders } from './other-loaders.ts';

const execute = promisify(execFile);

const rows = 2_000_000;
const rounds = 5;
const smallFiles = 1000;
/** Some ten kilobytes. */
const rowsOfSmallFile = 120;

/**
 * A file of two million rows into Postgres: ours, with everything that is checked, kept and recorded, and psql's `\copy`
 * into a bare table with the same columns and the same index, in turn. Then how much memory that takes, how late timers
 * are meanwhile, and a thousand small files.
 */
export async function benchIngest(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
  await using loader = await startLoader(servers);
  await makeBareTable(servers);
  const files = await writeFiles(loader, progress);
  await loader.load([files.warmUp]);

  const clean: Load[] = [];
  const dirty: Load[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    clean.push(await loadAs(loader, files.clean, 'calls_clean.csv'));
    bare.push(await timeCopy(servers, files.clean));
    dirty.push(await loadAs(loader, files.dirty, 'calls_dirty.csv'));
    progress(
      `round ${round} of ${rounds}: clean ${clean.at(-1)?.seconds.toFixed(2)} s, dirty ` +
        `${dirty.at(-1)?.seconds.toFixed(2)} s, \\copy ${bare.at(-1)?.toFixed(2)} s`,
    );
  }
  const small = await loadSmallFiles(loader, progress);
  const peer = { peer: 'psql_copy', peerValue: median(bare) };
  const seconds = (loads: readonly Load[]): number => median(loads.map((load) => load.seconds));
  return [
    { name: 'ingest.clean', value: seconds(clean), unit: 's', ...peer },
    { name: 'ingest.dirty', value: seconds(dirty), unit: 's', ...peer },
    { name: 'ingest.rss', value: median(clean.map((load) => load.peakMb - load.beforeMb)), unit: 'MB' },
    { name: 'ingest.event_loop_p99', value: median(clean.map((load) => load.delayP99)), unit: 'ms' },
    { name: 'ingest.event_loop_max', value: Math.max(...clean.map((load) => load.delayMax)), unit: 'ms' },
    { name: 'ingest.small_files', value: median(small), unit: 'files/s' },
    ...(await otherLoaders(servers, files.clean, progress)).map(
      ([name, value]): Figure => ({ name: `ingest.${name}`, value, unit: 's', ...peer }),
    ),
  ];
}

async function writeFiles(
  { dir }: Loader,
  progress: Progress,
): Promise<{ readonly clean: string; readonly dirty: string; readonly warmUp: string }> {
  const at = (name: string): string => join(dir, name);
  await writeCalls(at('calls_warm-up.csv'), 20_000);
  const bytes = await writeCalls(at('clean'), rows);
  await writeCalls(at('dirty'), rows, { dirty: true });
  progress(`wrote ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB, twice: clean, and with 0.1 % of bad rows`);
  return { clean: at('clean'), dirty: at('dirty'), warmUp: at('calls_warm-up.csv') };
}

/** Under a name that the dataset takes. */
async function loadAs(loader: Loader, file: string, name: string): Promise<Load> {
  const path = join(loader.dir, name);
  await link(file, path);
  try {
    const load = await loader.load([path]);
    if (load.result.status !== 'succeeded' || load.result.rowsLoaded + load.result.rowsRejected !== rows)
      throw new Error(`Not everything was loaded: ${JSON.stringify(load.result)}`);
    return load;
  } finally {
    await rm(path);
  }
}

async function loadSmallFiles(loader: Loader, progress: Progress): Promise<number[]> {
  const dir = join(loader.dir, 'small');
  await mkdir(dir);
  for (let file = 0; file < smallFiles; file++)
    await writeCalls(join(dir, `calls_${file}.csv`), rowsOfSmallFile, { firstId: file * rowsOfSmallFile });
  const perSecond: number[] = [];
  for (let round = 1; round <= 3; round++) {
    const { runSeconds, result } = await loader.load([dir]);
    if (result.ingested !== smallFiles)
      throw new Error(`Not everything was loaded: ${JSON.stringify(result)}`);
    perSecond.push(smallFiles / runSeconds);
    progress(`${smallFiles} small files, round ${round} of 3: ${runSeconds.toFixed(1)} s`);
  }
  return perSecond;
}

async function makeBareTable({ databaseUrl }: LocalServers): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  await sql.unsafe(`create table bare (${callColumns}); create index on bare (started_at)`);
  await sql.end();
}

async function timeCopy({ databaseUrl }: LocalServers, file: string): Promise<number> {
  const psql = (command: string): Promise<unknown> =>
    execute('psql', ['--quiet', '--no-psqlrc', '--set=ON_ERROR_STOP=1', databaseUrl, '-c', command]);
  await psql('truncate bare');
  await psql('checkpoint');
  const began = performance.now();
  await psql(`\\copy bare from '${file}' (format csv, header)`);
  return (performance.now() - began) / 1000;
}
