import { setTimeout } from 'node:timers/promises';

import type { Pool } from '../connection.ts';
import { DatabaseUnavailable } from '../errors.ts';
import type { Owner } from '../owner.ts';
import { sessionName } from '../sessions.ts';

/** A file that was open when so many worker processes were lost is read alone, and after so many not again. */
const aloneAfter = 2;
const refusedAfter = 3;

/** A worker that stops has ten seconds for everything. */
const closedWithinMs = 2000;

/** Longer than Postgres needs to start over after one of its processes has crashed. */
const triedForMs = 60_000;
const triedEveryMs = 500;

export interface OpenFile {
  readonly fileId: number;
  /** What tells this worker process from any other, also on other hosts and later on this one. */
  readonly process: string;
  /** The process reads no other file meanwhile. */
  readonly alone: boolean;
}

export type Opening =
  | { readonly outcome: 'opened' }
  /** It is suspected of taking workers down: to be opened again, alone. */
  | { readonly outcome: 'suspect' }
  | { readonly outcome: 'refused'; readonly takedowns: number; readonly lostProcess: string };

/**
 * Marks the file as open, for all to see, before its first byte is read. The owner's transaction must hold the ledger row:
 * then nobody else reads the file, and a mark of another process means that it was open when that one was lost. Throws
 * DatabaseUnavailable when the transaction is no longer there, as for a worker that was stopped and wakes.
 */
export async function openFile(observer: Pool, owner: Owner, file: OpenFile): Promise<Opening> {
  const limit = file.alone ? refusedAfter : aloneAfter;
  // A mark that is lost with the database server is no loss, so nobody waits for the disk.
  const [mark] = await observer<{ opened: boolean; takedowns: number; lostProcess: string | null }[]>`
    with quick as (select set_config('synchronous_commit', 'off', true))
    insert into open_files as known (file_id, opened_by, server_start)
    select ${file.fileId}, ${file.process}, pg_postmaster_start_time() from quick
    where exists (
      select from pg_stat_activity
      where application_name = ${sessionName(owner)} and usename = current_user and datname = current_database())
    on conflict (file_id) do update set
      takedowns = known.takedowns + ${lost(observer)}::integer,
      lost_process = case when ${lost(observer)} then known.opened_by else known.lost_process end,
      opened_by = case when known.takedowns + ${lost(observer)}::integer < ${limit} then excluded.opened_by end,
      server_start = excluded.server_start
    returning opened_by is not null as opened, takedowns, lost_process as "lostProcess"`;
  if (mark === undefined) throw new DatabaseUnavailable('CONNECTION_CLOSED', 'The connection was lost.');
  if (mark.opened) return { outcome: 'opened' };
  if (mark.takedowns < refusedAfter) return { outcome: 'suspect' };
  return { outcome: 'refused', takedowns: mark.takedowns, lostProcess: mark.lostProcess ?? '' };
}

/** Where the server itself was lost, no worker that lives could take its mark away. */
function lost(observer: Pool) {
  return observer`(
    known.opened_by is not null and known.opened_by <> excluded.opened_by and known.server_start = excluded.server_start)`;
}

/**
 * Takes the mark away, and what counts against the file if this process was taken for lost. A mark that stays counts as a lost
 * worker when another process finds it; so the database is asked again for a while, though not waited for.
 */
export async function closeFile(observer: Pool, file: OpenFile): Promise<void> {
  await Promise.race([close(observer, file), setTimeout(closedWithinMs, undefined, { ref: false })]);
}

async function close(observer: Pool, { fileId, process }: OpenFile): Promise<void> {
  const until = performance.now() + triedForMs;
  for (;;) {
    try {
      if (await isClosed(observer, { fileId, process })) return;
    } catch {
      // The database is away.
    }
    if (performance.now() > until) return;
    await setTimeout(triedEveryMs, undefined, { ref: false });
  }
}

/** False: a transaction holds the mark, be it our own that has not ended yet; waiting for it, the observer could not end it. */
async function isClosed(
  observer: Pool,
  { fileId, process }: Pick<OpenFile, 'fileId' | 'process'>,
): Promise<boolean> {
  const ours = observer`file_id = ${fileId} and ${process} in (opened_by, lost_process)`;
  const [{ isHeld }] = await observer<[{ isHeld: boolean }]>`
    with closed as (
      update open_files set
        opened_by = nullif(opened_by, ${process}),
        takedowns = takedowns - (lost_process is not distinct from ${process})::integer,
        lost_process = nullif(lost_process, ${process})
      where file_id = (select file_id from open_files where ${ours} for update skip locked)
      returning file_id)
    select exists (select from open_files where ${ours}) and not exists (select from closed) as "isHeld"`;
  return !isHeld;
}
