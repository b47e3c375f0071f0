import { log } from '@temporalio/activity';
import type { Sql } from '../src/database/connection.ts';
import { withDatabase } from '../src/database/connection.ts';
import { readChunkNames } from '../src/database/queries/chunk-files.ts';
import { filesWithoutHash } from '../src/database/queries/files-without-hash.ts';
import { dropGone, type GoneScope, readGone } from '../src/database/queries/gone-files.ts';
import type { OpenItemRules } from '../src/database/queries/open-items.ts';
import { readCoveredTo } from '../src/database/queries/read-covered-to.ts';
import { hasDueMoves } from '../src/database/queries/remote-moves.ts';
import { skippedOf, writeManifest } from '../src/database/queries/write-manifest.ts';
import { chunkLabel, chunkStarts, firstPass } from '../src/domain/chunking.ts';
import { type DataWindow, dataWindow } from '../src/domain/data-window.ts';
import { patternToRegex } from '../src/domain/file-pattern.ts';
import { type JobConfig, plainConfig, readsAgain } from '../src/domain/job.ts';
import type { GoneFiles } from '../src/domain/sync-run.ts';
import { failpoint } from '../src/failpoints.ts';
import { isDueAt } from '../src/schedules/fires.ts';
import { previousTick } from '../src/schedules/previous-tick.ts';
import { syncCadences } from '../src/schedules/sync-cadences.ts';
import type { Settings } from '../src/settings/settings.ts';
import type { Activities, CheckIngestedInput } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded, type Progress } from './guarded.ts';

export function checkIngested({ settings, sql }: Dependencies): Activities['checkIngested'] {
  return guarded('once', async (input, progress) => {
    const { run, sourceId, paths, config = plainConfig } = input;
    const window = await windowOf(input, settings, sql);
    const rules = {
      sourceId: Number(sourceId),
      paths,
      from: paths === null ? window.from : null,
      to: paths === null ? window.to : null,
      patterns: patternsOf(settings),
      retryOlder: !window.backfill,
      datasets: settings.datasets.map(({ name }) => name),
      onChanged: settings.sync.onChanged,
      again: readsAgain(config),
    };
    return withDatabase(async () => {
      const gone = config.forceRecreate ? await settleGone(sql, rules, config, progress) : null;
      const counts = await writeManifest(sql, currentOwner(), {
        runId: run.runId,
        rules,
        chunkStarts: (sizes) => chunkStarts(sizes, firstPass),
        dryRun: config.dryRun,
      });
      await failpoint('manifest-written');
      const moves =
        settings.sync.afterIngest === 'move' &&
        paths === null &&
        (counts.total > 0 || (await hasDueMoves(sql, rules.sourceId)));
      const chunks = await readChunkNames(sql, run.runId, 0);
      if (counts.total > 0) await warnOfFilesWithoutHash(sql, run.runId);
      const { planned } = counts;
      const found =
        planned === null ? { new: counts.total } : { wouldLoad: planned.files, again: planned.again };
      log.info('Checked against the ledger', { stage: 'check', listed: counts.listed, ...found });
      return {
        window,
        total: counts.total,
        skipped: skippedOf(counts),
        datasets: counts.datasets,
        ...(moves && { moves }),
        ...(planned !== null && { planned }),
        ...(gone !== null && gone.files > 0 && { gone }),
        staleHours: counts.staleHours,
        firstChunk: 0,
        labels: chunks.map((chunk) => chunkLabel(chunk.name, chunk.files)),
      };
    });
  });
}

async function windowOf(
  { run, config = plainConfig, ...told }: CheckIngestedInput,
  { scheduler, sync }: Settings,
  sql: Sql,
): Promise<DataWindow> {
  const { cadences = syncCadences(scheduler), catchupMinutes = sync.catchupMinutes } = told;
  const { job, nominalTime, startedAt } = run;
  const nominal = new Date(nominalTime);
  const tick = {
    nominal: nominalTime,
    startedAt,
    // Of a run that was not told when its job is due, nothing else tells.
    isDue: told.cadences === undefined || isDueAt(cadences, nominal),
    previous: previousTick(cadences, nominal).toISOString(),
    coveredTo: await withDatabase(() => readCoveredTo(sql, { job, nominalTime, catchupMinutes })),
  };
  const lookback = config.incrementalMode === 'full' ? 'all' : sync.lookback;
  return dataWindow({ since: sync.since, catchupMinutes, lookback }, tick);
}

function patternsOf({ datasets }: Settings): OpenItemRules['patterns'] {
  return datasets
    .filter((dataset) => dataset.enabled)
    .flatMap((dataset) =>
      dataset.patterns.map((glob) => ({ dataset: dataset.name, regex: patternToRegex(glob) })),
    );
}

/** Before the manifest is written: what was left out for the sake of rows that go is in it. */
async function settleGone(
  sql: Sql,
  scope: GoneScope,
  { dropGone: dropped = false, dryRun }: JobConfig,
  progress: Progress,
): Promise<GoneFiles> {
  const gone = await readGone(sql, scope);
  if (gone.files > 0)
    log.warn(dropped ? 'The rows of files that are gone go, too' : 'Files are gone, and their rows stay', {
      stage: 'check',
      ...gone,
      dryRun,
    });
  progress.of = gone.files;
  if (dropped && !dryRun) {
    await dropGone(sql, currentOwner(), scope, (done) => {
      progress.done = done;
    });
  }
  return { ...gone, dropped };
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
