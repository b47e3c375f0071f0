import { log } from '@temporalio/activity';
import type { Sql } from '../src/database/connection.ts';
import { withDatabase } from '../src/database/connection.ts';
import { readChunkNames } from '../src/database/queries/chunk-files.ts';
import { filesWithoutHash } from '../src/database/queries/files-without-hash.ts';
import { readCoveredTo } from '../src/database/queries/read-covered-to.ts';
import { hasDueMoves } from '../src/database/queries/remote-moves.ts';
import { writeManifest } from '../src/database/queries/write-manifest.ts';
import { chunkLabel, chunkStarts, firstPass } from '../src/domain/chunking.ts';
import { dataWindow } from '../src/domain/data-window.ts';
import { patternToRegex } from '../src/domain/file-pattern.ts';
import { failpoint } from '../src/failpoints.ts';
import { previousTick } from '../src/schedules/previous-tick.ts';
import { syncCadences } from '../src/schedules/sync-cadences.ts';
import type { Activities } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

export function checkIngested({ settings, sql }: Dependencies): Activities['checkIngested'] {
  return guarded('once', async ({ run, sourceId, paths, cadences = syncCadences(settings.scheduler) }) => {
    const tick = {
      nominal: run.nominalTime,
      startedAt: run.startedAt,
      previous: previousTick(cadences, new Date(run.nominalTime)).toISOString(),
      coveredTo: await withDatabase(() => readCoveredTo(sql, run.job, run.nominalTime)),
    };
    const window = dataWindow(settings.sync, tick);
    const rules = {
      sourceId: Number(sourceId),
      paths,
      from: paths === null ? window.from : null,
      to: paths === null ? window.to : null,
      patterns: settings.datasets
        .filter((dataset) => dataset.enabled)
        .flatMap((dataset) =>
          dataset.patterns.map((glob) => ({ dataset: dataset.name, regex: patternToRegex(glob) })),
        ),
      retryOlder: !window.backfill,
      datasets: settings.datasets.map(({ name }) => name),
      onChanged: settings.sync.onChanged,
    };
    return withDatabase(async () => {
      const counts = await writeManifest(sql, currentOwner(), {
        runId: run.runId,
        rules,
        chunkStarts: (sizes) => chunkStarts(sizes, firstPass),
      });
      await failpoint('manifest-written');
      const moves =
        settings.sync.afterIngest === 'move' &&
        paths === null &&
        (counts.total > 0 || (await hasDueMoves(sql, rules.sourceId)));
      const chunks = await readChunkNames(sql, run.runId, 0);
      if (counts.total > 0) await warnOfFilesWithoutHash(sql, run.runId);
      log.info('Checked against the ledger', { stage: 'check', listed: counts.listed, new: counts.total });
      return {
        window,
        total: counts.total,
        skipped: counts.listed - counts.total,
        datasets: counts.datasets,
        ...(moves && { moves }),
        staleHours: counts.staleHours,
        firstChunk: 0,
        labels: chunks.map((chunk) => chunkLabel(chunk.name, chunk.files)),
      };
    });
  });
}

/** Once a run, however many there are. */
async function warnOfFilesWithoutHash(sql: Sql, runId: string): Promise<void> {
  const { count, first } = await filesWithoutHash(sql, runId);
  if (count === 0) return;
  log.warn('SharePoint has no hash of some files: only their lengths tell whether they come whole', {
    stage: 'check',
    files: count,
    first,
  });
}
