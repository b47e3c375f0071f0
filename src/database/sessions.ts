import type { Pool } from './connection.ts';

/** A transaction of ours, as other sessions see it. */
export interface Session {
  readonly pid: number;
  /** Of its connection, as text in full precision: the system gives a pid to another process later. */
  readonly startedAt: string;
  readonly name: string;
  /** It waits for its client to say or send something. */
  readonly waitsForClient: boolean;
  /** Another value means that something has happened. */
  readonly progress: string;
}

interface Attempt {
  readonly runId: string;
  readonly activityId: string;
  readonly attempt: number;
}

/** Postgres shows 63 bytes of it, which the UUID of a run and the numbers of Temporal's SDK never exceed. */
export function sessionName({ runId, activityId, attempt }: Attempt): string {
  return `charlie ${runId} ${activityId} ${attempt}`.slice(0, 63);
}

/** Null when it is no name of ours. */
export function parseSessionName(name: string): Attempt | null {
  const [, runId, activityId, attempt] = /^charlie (\S+) (\S+) (\d+)$/.exec(name) ?? [];
  if (runId === undefined || activityId === undefined) return null;
  return { runId, activityId, attempt: Number(attempt) };
}

/**
 * The transactions of ours that this session waits for, and those that they wait for in turn. Sessions of other users and
 * programs are left out, however long they hold something.
 */
export async function readBlockers(observer: Pool, pid: number): Promise<Session[]> {
  return observer<Session[]>`
    with recursive waiting (pid) as (
      select ${pid}::integer
      union
      select blocker.pid from waiting, unnest(pg_blocking_pids(waiting.pid)) as blocker (pid))
    select session.pid, backend_start::text as "startedAt", application_name as name,
      coalesce(wait_event_type = 'Client', false) as "waitsForClient", ${progress(observer)} as progress
    from waiting join pg_stat_activity session using (pid) left join pg_stat_progress_copy copy using (pid)
    where session.pid <> ${pid} and usename = current_user and application_name like 'charlie %'`;
}

/** Ends the session if it still is in that very transaction, and, with `progress`, has done nothing since it was seen; false: no longer. */
export async function terminate(
  observer: Pool,
  { pid, startedAt, name }: Pick<Session, 'pid' | 'startedAt' | 'name'>,
  seen: { readonly progress: string } | null,
): Promise<boolean> {
  const ended = await observer`
    select pg_terminate_backend(pid)
    from pg_stat_activity session left join pg_stat_progress_copy copy using (pid)
    where pid = ${pid} and backend_start::text = ${startedAt} and application_name = ${name} and usename = current_user
      and (${seen === null} or wait_event_type = 'Client' and ${progress(observer)} = ${seen?.progress ?? ''})`;
  return ended.count > 0;
}

/** Cancels the statement that this transaction runs, if it runs one. */
export async function cancelStatement(observer: Pool, pid: number, name: string): Promise<void> {
  await observer`
    select pg_cancel_backend(pid) from pg_stat_activity
    where pid = ${pid} and application_name = ${name} and usename = current_user and state = 'active'`;
}

function progress(observer: Pool) {
  return observer`concat_ws(' ', session.state_change, copy.bytes_processed)`;
}
