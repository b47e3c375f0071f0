import type { ReportResult } from '../../workflows/build-report.ts';
import type { GenerateResult } from '../domain/generation.ts';
import {
  type Followed,
  type Planned,
  type SkippedStatus,
  type SyncResult,
  skippedStatuses,
} from '../domain/sync-run.ts';
import type { RunOutcome } from './await-run.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { counted } from './ledger-command.ts';
import { visible } from './visible.ts';

export interface ReportHow {
  readonly output: string;
  readonly durationMs: number;
}

/**
 * Writes what the run did. Throws CommandFailed when the run failed, or when some of its files did, so that whoever
 * called the command learns of it.
 */
export function reportRun(outcome: RunOutcome, context: CommandContext, options: ReportHow): void {
  if (outcome.ended === 'failed') throw runFailed(outcome, context, options);
  const { result } = outcome;
  if (options.output === 'json') writeJson(result, context, options);
  else context.stdout(resultText(result, options.durationMs, context.columns));
  if (result.rowsRejected > 0 && options.output !== 'json') {
    context.stderr(
      `  ${count(result.rowsRejected)} rows were rejected. Why: the sheet "Rejected rows" of the hour's workbook, or the table charlie.rejects.\n\n`,
    );
  }
  context.stderr(duplicatesText(result));
  context.stderr(unreadyText(result));
  context.stderr(pausesText(result));
  context.stderr(goneText(result));
  context.stderr(followersText(result));
  for (const problem of result.problems) context.stderr(`  ! ${visible(problem)}\n`);
  assertNoneFailed(result);
}

/** The same of a run that had simulators make files: also when some of them made none. */
export function reportGenerated(result: GenerateResult, context: CommandContext, options: ReportHow): void {
  const { skipped, files, rows, problems, sync } = result;
  if (options.output === 'json') writeJson(result, context, options);
  else if (skipped !== undefined) context.stdout(skippedText(skipped, 'made'));
  else context.stdout(`  ${counted(files, 'file')} with ${counted(rows, 'row')} made.\n`);
  for (const problem of problems) context.stderr(`  ! ${visible(problem)}\n`);
  context.stderr(followersText(result));
  if (sync !== null && options.output !== 'json')
    reportRun({ ended: 'completed', result: sync }, context, options);
  if (problems.length > 0)
    throw new CommandFailed(exitCodes.failed, `${problems.length} of the simulators made no files.`);
  if (sync !== null) assertNoneFailed(sync);
}

/** The same of a run that built workbooks. */
export function reportBuilt(result: ReportResult, context: CommandContext, options: ReportHow): void {
  const { skipped, published, latest } = result;
  const lines = [`${counted(published, 'workbook')} published.`, ...latest.map(({ path }) => path)];
  if (options.output === 'json') writeJson(result, context, options);
  else if (skipped !== undefined) context.stdout(skippedText(skipped, 'built'));
  else context.stdout(`  ${lines.join('\n  ')}\n`);
  context.stderr(followersText(result));
}

/** Writes the failure where JSON is wanted. Returns what the command ends with. */
export function runFailed(
  failure: Extract<RunOutcome, { ended: 'failed' }>,
  context: CommandContext,
  { output }: { readonly output: string },
): CommandFailed {
  if (output === 'json') context.stdout(`${JSON.stringify(failure)}\n`);
  const known = Object.assign(new Error(), { name: failure.type });
  return new CommandFailed(exitCodeOf(known), `The run failed: ${failure.message} [${failure.type}]`);
}

function writeJson(result: object, context: CommandContext, { durationMs }: ReportHow): void {
  context.stdout(`${JSON.stringify({ ...result, durationMs })}\n`);
}

function assertNoneFailed({ failed }: SyncResult): void {
  if (failed === 0) return;
  throw new CommandFailed(
    exitCodes.failed,
    `${failed} of the run's files failed; they are tried again by the next run.`,
  );
}

function resultText(result: SyncResult, durationMs: number, columns: number): string {
  const skipped = skippedStatuses.find((status) => status === result.status);
  if (skipped !== undefined) return skippedText(skipped, 'loaded');
  if (result.planned !== undefined) return plannedText(result.planned);
  return summaryTable(result, durationMs, columns);
}

function skippedText(status: SkippedStatus, done: string): string {
  return `  Skipped: ${skippedWords[status]} Nothing was ${done}.\n`;
}

const skippedWords: Readonly<Record<SkippedStatus, string>> = {
  skipped_dst_fold: 'clocks were put back, and its time of day came for the second time.',
  skipped_no_data: "the data that it waited for (the job's wait_for) did not arrive in time.",
};

function duplicatesText({ duplicates = 0, duplicateNames = [] }: SyncResult): string {
  if (duplicates === 0) return '';
  const [subject, verb] = duplicates === 1 ? ['1 file', 'was'] : [`${count(duplicates)} files`, 'were'];
  const names = duplicateNames.map((said) => `  = ${visible(said)}\n`).join('');
  return `  ${subject} ${verb} left out: another file has brought the same content.\n${names}\n`;
}

function unreadyText({ unready = 0, unreadyNames = [] }: SyncResult): string {
  if (unready === 0) return '';
  const [subject, verb] = unready === 1 ? ['1 file', 'was'] : [`${count(unready)} files`, 'were'];
  const names = unreadyNames.map((said) => `  ~ ${visible(said)}\n`).join('');
  return `  ${subject} ${verb} not ready; the next run looks again.\n${names}\n`;
}

/** Nothing was done, so that there is nothing to be counted. */
function plannedText({ files, bytes, again, names }: Planned): string {
  if (files === 0) return '\n  Nothing would be loaded.\n\n';
  const of = again === 0 ? '' : `, ${again === files ? 'all' : count(again)} of them loaded already`;
  const more = files > names.length ? `    … and ${count(files - names.length)} more\n` : '';
  const list = names.map((name) => `    ${visible(name)}\n`).join('');
  return `\n  Would load ${filesText(files)} of ${sizeText(bytes)}${of}:\n\n${list}${more}\n`;
}

function goneText({ gone, planned }: SyncResult): string {
  if (gone === undefined) return '';
  const are = gone.files === 1 ? 'is' : 'are';
  const rows = gone.dropped
    ? `${planned === undefined ? 'were' : 'would be'} dropped`
    : 'stay; drop them with --drop-gone';
  const names = gone.names.map((name) => `  - ${visible(name)}\n`).join('');
  return `  ${filesText(gone.files)} ${are} gone from the folder. Their rows ${rows}.\n${names}\n`;
}

function filesText(files: number): string {
  return files === 1 ? '1 file' : `${count(files)} files`;
}

/** Of decimal units, as SharePoint's pages have them. */
function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${count(Math.round(bytes / 100_000) / 10)} MB`;
}

function pausesText({ pausedSeconds = 0 }: SyncResult): string {
  if (pausedSeconds === 0) return '';
  return `  SharePoint limited our requests: ${count(pausedSeconds)} s of pauses.\n\n`;
}

function followersText({ followers = [] }: Pick<SyncResult, 'followers'>): string {
  const lines = followers.map(
    ({ job, outcome, workflowId }) =>
      `  → ${visible(job)} ${followedWords[outcome]}${workflowId === null ? '' : `: ${visible(workflowId)}`}\n`,
  );
  return lines.length === 0 ? '' : `${lines.join('')}\n`;
}

const followedWords: Readonly<Record<Followed['outcome'], string>> = {
  started: 'follows',
  queued: 'follows when its run that is under way has ended',
  skipped: 'is skipped: a run of it is under way',
  paused: 'is not started: it is paused',
  no_rows: 'is not started: no rows were loaded',
  circular: 'is not started: its chain leads back to itself',
};

/** `listed  skipped  downloaded …` over its numbers; one below the other where the terminal is too narrow. */
function summaryTable(result: SyncResult, durationMs: number, columns: number): string {
  const cells: [string, string][] = [
    ['listed', count(result.listed)],
    ['skipped', count(result.skipped)],
    ['downloaded', count(result.downloaded)],
    ['ingested', count(result.ingested)],
    ['quarantined', count(result.quarantined)],
    ['failed', count(result.failed)],
    ['rows loaded', count(result.rowsLoaded)],
    ['rows rejected', count(result.rowsRejected)],
    ['duration', `${(durationMs / 1000).toFixed(1)} s`],
  ];
  const widths = cells.map(([name, value]) => Math.max(name.length, value.length));
  const line = (pick: 0 | 1) =>
    cells.map((cell, index) => cell[pick].padStart(widths[index] ?? 0)).join('   ');
  const rule = widths.map((width) => '─'.repeat(width)).join('───');
  if (rule.length + 2 <= columns) return `\n  ${line(0)}\n  ${rule}\n  ${line(1)}\n\n`;
  return `\n${cells.map(([name, value]) => `  ${name.padEnd(14)}${value.padStart(12)}`).join('\n')}\n\n`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
