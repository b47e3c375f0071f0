import postgres from 'postgres';

/** Thrown when Postgres cannot be reached, refuses the connection, or goes away in mid-work. Passes by itself, or by mending the server. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown when a lock could not be had: another session holds it for longer than we wait, or each waits for the other. Nothing was changed. */
export class DatabaseLocked extends Error {
  override readonly name = 'DatabaseLocked';
  readonly code: string;

  constructor(code: string, said: string, options?: ErrorOptions) {
    super(
      `Postgres did not give a lock (${code}: ${said}). Another session holds it, perhaps another run that loads the same ` +
        'file. It is tried again; to see who it is: select * from pg_locks join pg_stat_activity using (pid).',
      options,
    );
    this.code = code;
  }
}

/** Thrown when Postgres refuses a statement as such: a table or a right is missing. The same statement is refused again. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
  readonly code: string;

  constructor(code: string, said: string, options?: ErrorOptions) {
    super(
      `Postgres refused a statement (${code}: ${said}). Bring the schema up to date with \`charlie migrate\`, ` +
        'and check that the user in database.url may use the schemas charlie and datasets.',
      options,
    );
    this.code = code;
  }
}

/** A column of a dataset's table that keeps its rows out. */
export interface TableConflict {
  /** `datasets.calls.outcome` */
  readonly column: string;
  /** Read after it. */
  readonly problem: string;
  /** What to do, line by line; statements end with a semicolon. */
  readonly plan: readonly string[];
}

/** Thrown when tables of datasets exist with columns that cannot hold what the settings now say. Nothing was changed. */
export class TableIncompatible extends Error {
  override readonly name = 'TableIncompatible';
  readonly conflicts: readonly TableConflict[];

  constructor(conflicts: readonly TableConflict[]) {
    const parts = conflicts.map(({ column, problem, plan }) =>
      [`  ${column} ${problem}.`, ...plan.map((line) => `    ${line}`)].join('\n'),
    );
    super(
      'Tables do not fit their datasets in the settings. Nothing was changed. Take the change of the settings back; or stop the workers, ' +
        `do what stands below each column, and start again:\n${parts.join('\n')}`,
    );
    this.conflicts = conflicts;
  }
}

/** Thrown when the record of a run says how it ended, and an attempt from before that would change what it says. Nothing was changed. */
export class RunClosed extends Error {
  override readonly name = 'RunClosed';
  readonly runId: string;

  constructor(runId: string) {
    super(
      `Run ${runId} was ended before this attempt of it came to its end. The next run loads what this one has not.`,
    );
    this.runId = runId;
  }
}

/**
 * Connection failures of the driver and of the operating system; SQLSTATE classes 08, 53 and 28; 57, which somebody who cancels
 * our statement causes too; 58, as of its disk; timeouts of the server (25P); and one that takes no changes.
 */
const unavailable =
  /^(CONNECT|CONNECTION_|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08|53|57|58|25P0[34]|28|3D000|25006)/;

/** lock_not_available (by lock_timeout) and deadlock_detected. */
const locked = /^(55P03|40P01)$/;

/** The cause of a failed statement in our words where it is the server that failed; any other error as it is. */
export function databaseError(error: unknown): unknown {
  const code = codeOf(error);
  const said =
    error instanceof Error ? error.message.replace(/postgres(ql)?:\/\/\S+/g, 'the database') : String(error);
  if (code?.startsWith('42') === true) return new DatabaseRefused(code, said, { cause: error });
  if (code !== null && locked.test(code)) return new DatabaseLocked(code, said, { cause: error });
  if (code === null || !unavailable.test(code)) return error;

  return new DatabaseUnavailable(code, `Postgres did not answer (${code}: ${said}). ${adviceFor(code)}`, {
    cause: error,
  });
}

function adviceFor(code: string): string {
  if (code.startsWith('28') || code === '3D000')
    return 'Check user, password and database name in database.url.';
  if (code === '25006')
    return 'It takes no changes: name the primary in database.url, or wait until this one is it.';
  if (code === '57014') return 'Somebody cancelled the statement; the work goes on where it stopped.';
  if (code === '53300')
    return 'Raise max_connections, or run fewer workers; the work goes on where it stopped.';
  return 'Check that the server runs and that database.url names it; the work goes on where it stopped.';
}

/** The database, and not the file that was worked at: the same work may go through later. */
export function isDatabaseFailure(error: unknown): error is DatabaseUnavailable | DatabaseLocked {
  return error instanceof DatabaseUnavailable || error instanceof DatabaseLocked;
}

/** A value was at fault (SQLSTATE class 22), so a retry of the same file fails again. */
export function isDataError(error: unknown): error is postgres.PostgresError {
  return error instanceof postgres.PostgresError && error.code.startsWith('22');
}

function codeOf(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
