import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import process from 'node:process';

import { connect, type Sql, withDatabase } from '../database/connection.ts';
import type { Owner } from '../database/owner.ts';
import { recordAudit } from '../database/queries/api-audit.ts';
import type { Settings } from '../settings/settings.ts';
import { wallTime } from '../zones/zone-time.ts';
import type { CommandContext } from './command-context.ts';
import { type ConfigOption, commandSettings, requireDatabaseUrl } from './command-settings.ts';

export interface LedgerOptions extends ConfigOption {
  readonly output: string;
}

/** Runs `work` with the database of the settings. */
export async function withLedger(
  context: CommandContext,
  options: ConfigOption,
  work: (sql: Sql, settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = commandSettings(context, options);
  await withDatabaseOf(settings, (sql) => work(sql, settings));
}

export async function withDatabaseOf(settings: Settings, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = connect(requireDatabaseUrl(settings), 1);
  try {
    await withDatabase(() => work(sql));
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Whose transactions they are, for those who wait for them. */
export function commandOwner({ stderr }: CommandContext, command: string): Owner {
  return {
    runId: randomUUID(),
    activityId: command,
    attempt: 1,
    scheduledAt: new Date(),
    signal: new AbortController().signal,
    onTerminated: ({ name }) => {
      stderr(`  Ended a database session that a stopped worker had left: ${name}\n`);
    },
  };
}

/** Who decides, as the ledger keeps it. */
export function decidedBy(): string {
  return `${userName()}@${hostname()}`;
}

/** In the audit log of the API: what a command has changed about it. */
export async function auditCommand(sql: Sql, command: string, tokenId: string): Promise<void> {
  await recordAudit(sql, {
    actor: decidedBy(),
    tokenId,
    address: 'command',
    requestId: randomUUID(),
    method: 'CLI',
    path: `charlie ${command}`,
    status: 200,
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** `2026-11-22 14:05`, in the zone of the schedule. */
export function timeText(at: Date, { scheduler }: Settings): string {
  return new Date(wallTime(scheduler.timezone, at.getTime())).toISOString().slice(0, 16).replace('T', ' ');
}

/** `1 file`, `1,234 rows` */
export function counted(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
