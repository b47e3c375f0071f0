import { parseArgs } from 'node:util';

import { benchApi } from './api.ts';
import { showFigures } from './figures.ts';
import { benchIngest } from './ingest.ts';
import { benchIngestLarge } from './ingest-large.ts';
import { benchRecovery } from './recovery.ts';
import { benchScale } from './scale.ts';
import { benchStart } from './start.ts';
import { benchSync } from './sync.ts';
import { benchSyncRss } from './sync-rss.ts';
import { benchTick } from './tick.ts';

const benchmarks = {
  api: benchApi,
  ingest: benchIngest,
  'ingest-large': benchIngestLarge,
  recovery: benchRecovery,
  scale: benchScale,
  start: benchStart,
  sync: benchSync,
  'sync-rss': benchSyncRss,
  tick: benchTick,
};

/** `npm run bench -- NAME [--json]`: ours and a peer in turn, at least three times; medians. */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [name = ''] = positionals;
  if (!(name in benchmarks)) {
    console.error(
      `Usage: npm run bench -- NAME [--json], where NAME is one of: ${Object.keys(benchmarks).join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  const figures = await benchmarks[name as keyof typeof benchmarks]((line) => {
    console.error(line);
  });
  showFigures(figures, values.json);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
await main();
