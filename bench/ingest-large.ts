import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeCalls } from './calls-file.ts';
import type { Figure, Progress } from './figures.ts';
import { type Loader, startLoader } from './loader.ts';
import { startLocalServers } from './local-servers.ts';

/** Of about 82 bytes each. */
const rows = { small: 6_100_000, large: 61_000_000 } as const;

/** The memory of a worker while it loads a file of five gigabytes, beside that for one of five hundred megabytes. Takes 15 GB of disk. */
export async function benchIngestLarge(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
  await using loader = await startLoader(servers);
  const small = await peakMb(loader, rows.small, progress);
  const large = await peakMb(loader, rows.large, progress);
  return [{ name: 'ingest.rss_5gb', value: large, unit: 'MB', peer: 'file_of_500_mb', peerValue: small }];
}

async function peakMb(loader: Loader, count: number, progress: Progress): Promise<number> {
  const path = join(loader.dir, 'calls_large.csv');
  const bytes = await writeCalls(path, count);
  const { result, peakMb: peak, beforeMb, seconds, delayMax } = await loader.load([path]);
  await rm(path);
  if (result.rowsLoaded !== count) throw new Error(`Not everything was loaded: ${JSON.stringify(result)}`);
  progress(
    `${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(0)} s: at most ${peak.toFixed(0)} MB, ${beforeMb.toFixed(0)} MB before; ` +
      `timers at most ${delayMax.toFixed(0)} ms late`,
  );
  return peak;
}
