import type { Cadence, DataWait, JobConfig } from './job.ts';

/** Where a run takes its files from. */
export type Source = { readonly kind: 'sharepoint' } | DirectorySource;

export interface DirectorySource {
  readonly kind: 'directory';
  /** Absolute paths of files and folders, of `maxPathBytes` together. */
  readonly paths: readonly string[];
  /**
   * The task queue of the workers that see what a watcher has found there; what is gone again by then is passed over. Absent:
   * somebody has named the paths, and whoever works for the run must see them.
   */
  readonly watchQueue?: string;
}

/** They are the workflow's input, which stays in its history. */
export const maxPathBytes = 32 * 1024;

/** What a job, or a person, asks of one run. */
export interface SyncInput {
  readonly job: string;
  readonly source: Source;
  readonly retries: RetryRules;
  /** When the job is due. Absent: no job starts the run, or it was started by an earlier version. */
  readonly cadences?: readonly Cadence[];
  /** Of its job: a run that starts later is a backfill. Absent: as the settings have it. */
  readonly catchupMinutes?: number;
  /** What it does differently. Absent: nothing. */
  readonly config?: JobConfig;
  /** Absent: the run begins at once. */
  readonly waitFor?: DataWait;
}

export interface RetryRules {
  /** Of one file, after its first attempt. */
  readonly maxRetries: number;
  /** Before the first retry of a file; doubles with each further one. */
  readonly retryDelaySeconds: number;
  /** Of the listing, and of the question which files are new. */
  readonly listMaxRetries: number;
}

export type RunStatus =
  | 'running'
  | 'succeeded'
  | 'partial'
  | 'failed'
  | 'cancelled'
  | 'timed_out'
  | 'terminated'
  /** It has only said what it would load. */
  | 'dry_run'
  /** Clocks were put back, and the run's time of day came for the second time. */
  | 'skipped_dst_fold'
  /** The data that the run waited for did not arrive in time. */
  | 'skipped_no_data';

/** Of runs that ended at once and have done nothing: neither a success nor a failure, though Temporal says that they completed. */
export const skippedStatuses = [
  'skipped_dst_fold',
  'skipped_no_data',
] as const satisfies readonly RunStatus[];

export type SkippedStatus = (typeof skippedStatuses)[number];

/** What became of a job that is chained after another one, when a run of that had ended. */
export interface Followed {
  readonly job: string;
  /**
   * `queued`: it waits for a run that is under way. `skipped`: its overlap policy refused it. `paused`: it is, and so was not started.
   * `no_rows`: it wants rows to have been loaded. `circular`: its chain leads back to itself.
   */
  readonly outcome: 'started' | 'queued' | 'skipped' | 'paused' | 'no_rows' | 'circular';
  /** Of the run that was started, or waits. */
  readonly workflowId: string | null;
}

/** What a run did, as it ends in `run_history` and as the workflow's result. */
export interface SyncResult {
  readonly runId: string;
  readonly status: RunStatus;
  /** Files in the folder. */
  readonly listed: number;
  /** Of those: already dealt with, outside the window, or of no dataset. */
  readonly skipped: number;
  readonly downloaded: number;
  readonly ingested: number;
  readonly quarantined: number;
  readonly failed: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
  readonly rowsAggregated: number;
  /** Names of downloaded files, at most 16 KB of them; `downloaded` counts all. */
  readonly downloadedNames: readonly string[];
  /** Files that failed or went to quarantine, each with its reason; at most twenty, each shortened. */
  readonly problems: readonly string[];
  /** Files that were left out, since another one has brought the same content. Not in results of earlier versions. */
  readonly duplicates?: number;
  /** Which they are, and whose content they have; at most twenty. */
  readonly duplicateNames?: readonly string[];
  /** Files that were not to be had yet, and are looked at again by the next run. Not in results of earlier versions. */
  readonly unready?: number;
  /** Which they are, and why; at most twenty, each shortened. */
  readonly unreadyNames?: readonly string[];
  /** What SharePoint asked for, in all; absent: it asked for none. */
  readonly pausedSeconds?: number;
  /** Jobs that are chained after the run's, at most twenty; absent: there are none. */
  readonly followers?: readonly Followed[];
  /** Of a dry run: what it would have done. */
  readonly planned?: Planned;
  /** Of a run with `forceRecreate`, where there are any. */
  readonly gone?: GoneFiles;
}

/** What a run would load. */
export interface Planned {
  readonly files: number;
  readonly bytes: number;
  /** Of the files, those that are loaded already. */
  readonly again: number;
  /** In order; at most 16 KB of them. */
  readonly names: readonly string[];
}

/** `1 file failed and 2 files were refused whole` */
export function notLoadedText({ failed, quarantined }: Pick<SyncResult, 'failed' | 'quarantined'>): string {
  const counts = [
    failed === 0 ? null : `${failed} ${failed === 1 ? 'file' : 'files'} failed`,
    quarantined === 0
      ? null
      : `${quarantined} ${quarantined === 1 ? 'file was' : 'files were'} refused whole`,
  ];
  return counts.filter((each) => each !== null).join(' and ');
}

/** Files that are loaded, and cannot be had any more. */
export interface GoneFiles {
  readonly files: number;
  /** Their rows went, or would go in a dry run; else they stay. */
  readonly dropped: boolean;
  /** At most twenty. */
  readonly names: readonly string[];
}

/** Answer of the `progress` query. */
export interface SyncProgress {
  readonly phase: 'listing' | 'checking' | 'loading' | 'waiting' | 'aggregating' | 'done';
  /** While the run waits because SharePoint has asked for it; ISO 8601. */
  readonly pausedUntil?: string;
  /** While the run waits for data: of which datasets, and until when, in ISO 8601. */
  readonly awaited?: { readonly datasets: readonly string[]; readonly until: string };
  readonly listed: number;
  readonly total: number;
  readonly downloaded: number;
  readonly ingested: number;
  readonly quarantined: number;
  readonly failed: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
}
