import { withDatabase } from '../src/database/connection.ts';
import { readChunkNames } from '../src/database/queries/chunk-files.ts';
import { planRetries as planRetriesIn } from '../src/database/queries/plan-retries.ts';
import { chunkLabel, chunkStarts, retryPass } from '../src/domain/chunking.ts';
import type { Activities } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

export function planRetries({ sql }: Dependencies): Activities['planRetries'] {
  return guarded('retry', async ({ run, maxRetries }) =>
    withDatabase(async () => {
      const firstChunk = await planRetriesIn(sql, currentOwner(), {
        runId: run.runId,
        maxAttempts: maxRetries + 1,
        chunkStarts: (sizes) => chunkStarts(sizes, retryPass),
      });
      const chunks = await readChunkNames(sql, run.runId, firstChunk);
      return { firstChunk, labels: chunks.map((chunk) => chunkLabel(chunk.name, chunk.files)) };
    }),
  );
}
