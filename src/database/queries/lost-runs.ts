import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { endRun, lockRun, type RunEnding } from './close-run.ts';

export interface OpenRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly deadline: Date;
  readonly isOverdue: boolean;
}

/** Records of other runs that nobody has closed: they work, or were ended by somebody else than themselves. Oldest first. */
export async function readOpenRuns(sql: Sql, ownRunId: string, atMost: number): Promise<OpenRun[]> {
  return sql<OpenRun[]>`
    select run_id as "runId", workflow_id as "workflowId", deadline, deadline < now() as "isOverdue"
    from run_history where status = 'running' and run_id <> ${ownRunId}
    order by start_ts limit ${atMost}`;
}

export interface LostEnding extends RunEnding {
  readonly endedAt: Date;
}

/** Ends the record of a run that could not do so itself, and adds to its error how far it came. False: somebody has ended it. */
export async function closeLostRun(
  sql: Sql,
  owner: Owner,
  runId: string,
  { status, error, endedAt }: LostEnding,
): Promise<boolean> {
  return beginAs(sql, owner, async (tx) => {
    await lockRun(tx, runId);
    const [run] = await tx<{ attemptAt: Date }[]>`
      select greatest(attempt_at, ${endedAt}) as "attemptAt" from run_history where run_id = ${runId}`;
    if (run === undefined) return false;
    const closed = await endRun(tx, runId, {
      status,
      error: error === null ? null : `${error} ${await howFar(tx, runId)}`.slice(0, 2000),
      endedAt,
      // One that was reset has gone on after the time limit of the first.
      attemptAt: run.attemptAt,
      onlyIfOpen: true,
    });
    return closed !== undefined;
  });
}

/** As many names as make sense in one sentence. */
const namedAtMost = 5;

async function howFar(tx: Transaction, runId: string): Promise<string> {
  const [manifest] = await tx<[{ total: number; unfinished: number; names: string[] }]>`
    select count(*)::int as total, count(*) filter (where ${unfinished(tx)})::int as unfinished,
      coalesce(to_jsonb((array_agg(left(name, 80) order by position) filter (where ${unfinished(tx)}))[:${namedAtMost}]), '[]') as names
    from run_files file join ingestion_log log using (file_id) where file.run_id = ${runId}`;
  if (manifest.total === 0) return 'It had no file to load yet.';
  if (manifest.unfinished === 0) return `All of its ${manifest.total} files were finished.`;
  const more = manifest.unfinished - manifest.names.length;
  const names = `${manifest.names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${manifest.unfinished} of ${manifest.total} files were not finished: ${names}. The next run takes them.`;
}

function unfinished(tx: Transaction) {
  return tx`file.state in ('waiting', 'downloaded', 'failed')`;
}
