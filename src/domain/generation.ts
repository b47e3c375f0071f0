import type { Cadence, DataWait } from './job.ts';
import type { Followed, SkippedStatus, SyncInput, SyncResult } from './sync-run.ts';

/** What a run of the generate job asks for. */
export interface GenerateInput {
  readonly job: string;
  /** Addresses to POST to, such as `https://localhost:8443/sim/generate/all`; all of them are asked, side by side. */
  readonly endpoints: readonly string[];
  /** Of each endpoint. Null: as many as it makes by itself. */
  readonly files: number | null;
  /** In each file. Null: as many as it makes by itself. */
  readonly rows: number | null;
  /** Of one request. */
  readonly timeoutSeconds: number;
  readonly retries: { readonly maxRetries: number; readonly retryDelaySeconds: number };
  readonly then: FollowUp;
  /** When the job is due. Absent: no job starts the run, or it was started by an earlier version. */
  readonly cadences?: readonly Cadence[];
  /** Absent: the run begins at once. */
  readonly waitFor?: DataWait;
}

/** What happens once the files are there. */
export type FollowUp =
  | { readonly kind: 'sync'; readonly input: SyncInput; readonly timeoutMinutes: number }
  | { readonly kind: 'webhook' }
  | { readonly kind: 'none' };

export interface GenerateResult {
  /** Why nothing was asked for; absent: the endpoints were asked. */
  readonly skipped?: SkippedStatus;
  readonly files: number;
  readonly rows: number;
  /** Endpoints that made nothing, each with the cause; the others' files are there. */
  readonly problems: readonly string[];
  /** Null unless a sync followed. */
  readonly sync: SyncResult | null;
  /** Jobs that are chained after the run's, at most twenty; absent: there are none. */
  readonly followers?: readonly Followed[];
}

/** The id of the sync that follows a generating run. */
export function followingSyncId(workflowId: string): string {
  return `${workflowId}-sync`;
}
