/** What a job does in each of its runs. */
export type JobKind = (typeof jobKinds)[number];

export const jobKinds = ['sync', 'hourly-report', 'quad-report', 'generate', 'archive'] as const;

/** How runs of one job stand to each other. `queue`: one waits, the others are skipped. */
export type Overlap = 'skip' | 'queue' | 'allow';

/** When a job is due. Times of day are those of the zone, an IANA name; see docs/scheduling.md for days on which clocks change. */
export type Cadence =
  /** Counted from the Unix epoch, plus the offset. */
  | { readonly kind: 'interval'; readonly seconds: number; readonly offsetSeconds: number }
  /** `HH:MM` */
  | { readonly kind: 'daily'; readonly times: readonly string[]; readonly timezone: string }
  | { readonly kind: 'cron'; readonly expressions: readonly string[]; readonly timezone: string }
  /** ISO 8601 in UTC, a whole second. */
  | { readonly kind: 'once'; readonly at: string };

/** What a run does differently; see docs/scheduling.md. */
export interface JobConfig {
  /** `full`: files that are loaded are read again, too, and nothing limits how old they may be. */
  readonly incrementalMode: 'auto' | 'full';
  /** Files of the window that are loaded are read again whatever becomes of their rows, and its figures computed anew. */
  readonly forceRecreate: boolean;
  /** With forceRecreate: rows whose file is gone from the source go, too. Absent: they stay. */
  readonly dropGone?: boolean;
  /** A run fails when a file of it did, or was refused whole. */
  readonly ciMode: boolean;
  /** Only says what would be loaded. */
  readonly dryRun: boolean;
}

/** Starts runs by what another job has done, beside or in place of a cadence. */
export interface JobChain {
  /** Its runs that succeed, also in part, start one of this job. */
  readonly after: string;
  /** Only after a run that has loaded rows. */
  readonly onlyIfRows: boolean;
}

/** What each run waits for before it begins, whatever has started it. */
export interface DataWait {
  /** Of each a file has to arrive. */
  readonly datasets: readonly string[];
  /** Then the run ends, and has done nothing. */
  readonly minutes: number;
}

/** A scheduled unit of work as people declare it: in schedules.toml, over the API, or by a preset. It is one Temporal Schedule of the same id. */
export interface JobDefinition {
  readonly id: string;
  readonly kind: JobKind;
  readonly enabled: boolean;
  /** More than one: due whenever one of them is, once where they meet. None: only by its chain, or when somebody triggers it. */
  readonly cadences: readonly Cadence[];
  readonly jitterSeconds: number;
  readonly overlap: Overlap;
  /** How long ago a missed tick may be and still be made up for. */
  readonly catchupMinutes: number;
  readonly runTimeoutMinutes: number;
  /** Pauses the job after so many failures in a row; null: never. */
  readonly pauseAfterFailures: number | null;
  /** Health says so when the last success is older; null: it may be of any age. */
  readonly successWithinMinutes: number | null;
  readonly config: JobConfig;
  readonly chain: JobChain | null;
  /** Absent: for nothing. */
  readonly waitFor?: DataWait;
}

/** Who has declared a job. Applying the settings touches neither what was made over the API nor what a person made in Temporal. */
export type JobOrigin = 'settings' | 'schedules.toml' | 'api';

/** Goes to each run as its second argument: where a schedule's job can be told from. */
export interface Declaration {
  readonly origin: JobOrigin;
  readonly definition: JobDefinition;
}

export const plainConfig: JobConfig = {
  incrementalMode: 'auto',
  forceRecreate: false,
  ciMode: false,
  dryRun: false,
};

/** Whether versions that are loaded are read again. */
export function readsAgain({ incrementalMode, forceRecreate }: JobConfig): boolean {
  return incrementalMode === 'full' || forceRecreate;
}

export function isPlain(config: JobConfig): boolean {
  return !readsAgain(config) && !config.ciMode && !config.dryRun;
}
