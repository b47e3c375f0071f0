import type { DataWindow } from '../src/domain/data-window.ts';
import type { Cadence, JobConfig } from '../src/domain/job.ts';
import type { Followed, GoneFiles, Planned, RunStatus, Source, SyncResult } from '../src/domain/sync-run.ts';

/*
 * What workflows ask of the world. These shapes stand in histories for as long as those are kept: add optional fields,
 * never change or remove one.
 *
 * source      where files come from: a SharePoint folder, or a directory
 * inventory   every file that a source holds, as last listed (drive_items)
 * ledger      one row for each version of a file ever seen (ingestion_log)
 * manifest    the files that one run has to handle (run_files)
 * chunk       consecutive files of a manifest that one activity handles
 * quarantine  where a file goes that was refused whole; a reject is a single refused row
 */
export interface Activities {
  /** Whether clocks have brought the run's time of day for the second time. */
  readonly checkTick: (input: TickInput) => Promise<TickVerdict>;
  /** Of which datasets nothing has arrived yet that the run could go by. */
  readonly findMissingData: (input: AwaitedData) => Promise<MissingData>;
  /** Opens the run's record, then brings the inventory up to date with every page of the source. */
  readonly listFiles: (input: ListFilesInput) => Promise<Listing>;
  /** Writes the manifest: the inventory inside the window, less what the ledger has done with. */
  readonly checkIngested: (input: CheckIngestedInput) => Promise<Manifest>;
  /** A chunk into ingestion_dir, each file whole and verified or not at all. Files that failed before are tried again. */
  readonly downloadFiles: (input: ChunkInput) => Promise<DownloadOutcome>;
  /** A chunk's downloaded files into Postgres, one transaction a file. */
  readonly ingestFiles: (input: ChunkInput) => Promise<IngestOutcome>;
  /** Puts the files that may be tried again into new chunks. */
  readonly planRetries: (input: RetryInput) => Promise<Chunks>;
  /** Computes the hourly figures again where rows came or went, and nowhere else. */
  readonly aggregate: (input: AggregateInput) => Promise<Aggregation>;
  /** Moves files of SharePoint that are loaded to the processed folder, also those that earlier runs could not move. */
  readonly moveIngested: (input: MoveInput) => Promise<MoveResult>;
  /** Closes the run's record and returns what it holds. */
  readonly recordRun: (input: RunEnd) => Promise<RecordedRun>;
  /** Starts the jobs that are chained after the run's, through their schedules; once for each run, however often it is asked. */
  readonly startFollowers: (input: FollowersInput) => Promise<FollowersStarted>;

  /** The hours that are over, have figures, and have no workbook that shows them. */
  readonly findDueReports: (input: DueReportsInput) => Promise<readonly DueReport[]>;
  /** Builds the workbook of one hour and puts it into the report folder, in one step. */
  readonly buildReport: (input: DueReport) => Promise<PublishedReport>;
  /** Puts the workbook of one hour, as it was published, into the report folder in SharePoint. */
  readonly uploadReport: (input: DueReport) => Promise<UploadedReport>;

  /** Has a simulator make files, and waits until they are there. Done twice, there are more of them. */
  readonly generateFiles: (input: GenerateRequest) => Promise<Generated>;
  /** Tells the webhook of the settings that files were generated; perhaps more than once. */
  readonly callWebhook: (input: GenerationEnd) => Promise<void>;
}

export interface RunIdentity {
  /** Temporal's run id: one execution. */
  readonly runId: string;
  readonly workflowId: string;
  readonly job: string;
  /** The time that the run stands for, ISO 8601. */
  readonly nominalTime: string;
  readonly startedAt: string;
}

export interface TickInput {
  readonly run: RunIdentity;
  readonly cadences: readonly Cadence[];
}

export interface TickVerdict {
  readonly repeated: boolean;
}

export interface AwaitedData {
  readonly run: RunIdentity;
  readonly datasets: readonly string[];
  /** When the job is due: data that arrived before its last tick are those of an earlier run. */
  readonly cadences: readonly Cadence[];
}

export interface MissingData {
  readonly datasets: readonly string[];
}

export interface ListFilesInput {
  readonly run: RunIdentity;
  readonly source: Source;
  readonly timeoutSeconds: number;
  /** Absent: the run does nothing differently, unless whoever asked for it has said so. */
  readonly config?: JobConfig;
}

export interface Listing {
  /** Of Postgres; a source keeps it for ever. */
  readonly sourceId: string;
  readonly listed: number;
  readonly pages: number;
  /** Gone since the last listing. */
  readonly deleted: number;
  /** What the run does differently: as whoever asked for it wants, else as its job has it. Absent: nothing. */
  readonly config?: JobConfig;
}

export interface CheckIngestedInput {
  readonly run: RunIdentity;
  readonly sourceId: string;
  /** Of a local source: only what lies there is considered, whenever it was modified. Null: the whole source, by the window. */
  readonly paths: readonly string[] | null;
  /** When the job is due, which windows depend on. Absent: as the settings have the sync job. */
  readonly cadences?: readonly Cadence[];
  /** Of the job: a run that starts later is a backfill. Absent: as the settings have it. */
  readonly catchupMinutes?: number;
  readonly config?: JobConfig;
}

export interface Manifest extends Chunks {
  readonly window: DataWindow;
  readonly total: number;
  readonly skipped: number;
  /** Names of the datasets that the manifest's files belong to. */
  readonly datasets: readonly string[];
  /** Hours whose figures are out of date before any file is loaded. */
  readonly staleHours: number;
  /** Files of the source are to be moved once they are loaded, or still from earlier. Absent: none are. */
  readonly moves?: boolean;
  /** Of a dry run, which has no manifest: `total` is 0. */
  readonly planned?: Planned;
  readonly gone?: GoneFiles;
}

export interface Chunks {
  readonly firstChunk: number;
  /** One label a chunk, `firstChunk` first: what an operator reads beside its activities. */
  readonly labels: readonly string[];
}

export interface ChunkInput {
  readonly run: RunIdentity;
  readonly chunk: number;
  readonly maxRetries: number;
}

export interface DownloadOutcome {
  readonly downloaded: number;
  readonly bytes: number;
  /** Attempts that failed; the file may be tried again. */
  readonly failed: number;
  /** The source asked for a pause of so long; files that were not tried because of it are not charged. */
  readonly pauseSeconds: number;
  /** Files that are not to be had yet, and are not charged. Not in results of earlier versions. */
  readonly unready?: number;
  /** When the last of those that are only too fresh may be; absent or 0: there is none. */
  readonly readyInSeconds?: number;
  /** The task queue of the workers that can read the files; absent: whoever works for the run can. */
  readonly place?: string;
}

export interface IngestOutcome {
  readonly ingested: number;
  readonly quarantined: number;
  readonly failed: number;
  /** Another run had already loaded them, or another file has brought the same content. */
  readonly alreadyIngested: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
}

export interface RetryInput {
  readonly run: RunIdentity;
  readonly maxRetries: number;
}

export interface AggregateInput {
  /** Null, or the window of a backfill: every hour in it is computed again. */
  readonly rebuild: DataWindow | null;
  /** Whose record counts the rows. */
  readonly runId: string | null;
}

export interface Aggregation {
  readonly hours: number;
  readonly rows: number;
}

export interface MoveInput {
  readonly sourceId: string;
}

export interface MoveResult {
  readonly moved: number;
  /** The next run tries them again. */
  readonly failed: number;
  /** Not tried, since too many failed, or there were too many for one run. */
  readonly left: number;
}

export interface RunEnd {
  readonly run: RunIdentity;
  /** `succeeded` becomes `partial` when a file failed. */
  readonly status: Exclude<RunStatus, 'running' | 'partial'>;
  readonly error: string | null;
  /** `succeeded` becomes `failed`, and not `partial`, when a file failed or was refused whole. */
  readonly strict?: boolean;
  /** That of its job, for the record of a run that failed before it had one. */
  readonly config?: JobConfig;
}

export interface RecordedRun extends SyncResult {
  /** Whether startFollowers has to be asked. Not in results of earlier versions. */
  readonly followed?: boolean;
}

export interface FollowersInput {
  readonly run: RunIdentity;
  /** By the run. */
  readonly rowsLoaded: number;
}

export interface FollowersStarted {
  /** By id, at most twenty. */
  readonly followers: readonly Followed[];
}

export interface DueReportsInput {
  /** ISO 8601: hours that end later are not over yet. */
  readonly nominalTime: string;
}

export interface DueReport {
  readonly kind: 'hourly';
  /** ISO 8601 in UTC. */
  readonly periodStart: string;
  readonly name: string;
  /** Into SharePoint, too; `only`: the workbook itself is up to date. Absent: not at all. */
  readonly upload?: 'too' | 'only';
}

export interface UploadedReport {
  /** Null: the figures have changed since; the next run builds the workbook and uploads that. */
  readonly webUrl: string | null;
}

export interface PublishedReport {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

export interface GenerateRequest {
  readonly endpoint: string;
  /** Null: as many as the simulator makes by itself. */
  readonly files: number | null;
  /** In each file. Null: as many as the simulator makes by itself. */
  readonly rows: number | null;
}

export interface Generated {
  readonly files: number;
  readonly rows: number;
}

export interface GenerationEnd {
  readonly run: RunIdentity;
  readonly files: number;
  readonly rows: number;
}
