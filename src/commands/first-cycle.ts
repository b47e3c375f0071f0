import type { Client } from '@temporalio/client';

import { pageReports } from '../database/queries/page-reports.ts';
import { hourlyReportJobId, syncJobId } from '../schedules/jobs.ts';
import { triggerJob } from '../schedules/trigger-job.ts';
import type { Settings } from '../settings/settings.ts';
import { awaitRun, type RunOutcome } from './await-run.ts';
import type { CommandContext } from './command-context.ts';
import { withDatabaseOf } from './ledger-command.ts';
import type { LocalStack } from './local-stack.ts';
import { reportRun } from './run-summary.ts';
import type { StepLines } from './step-lines.ts';

export interface FirstCycle {
  readonly client: Client;
  readonly context: CommandContext;
  readonly settings: Settings;
  readonly stack: Pick<LocalStack, 'temporalUiUrl' | 'simulatorUrl'>;
  readonly steps: StepLines;
}

/** The first sync and the first reports, through their schedules; then what came of it, and where to look. Throws CommandFailed when the sync failed. */
export async function firstCycle(cycle: FirstCycle): Promise<void> {
  const { context, settings, steps } = cycle;
  steps.heading('First sync');
  const started = Date.now();
  const sync = await runNow(cycle);
  const durationMs = Date.now() - started;
  if (sync.ended === 'failed') {
    reportRun(sync, context, { output: 'text', durationMs });
    return;
  }
  if (settings.reports.hourly) {
    steps.note('Building the hourly reports ...');
    await reportNow(cycle);
  }
  try {
    reportRun(sync, context, { output: 'text', durationMs });
  } finally {
    context.stdout(await whereToLook(cycle, new Date(started)));
  }
}

/** One that is under way serves as well: the schedule's own tick, or a run of an earlier start. */
async function runNow({ client, context }: FirstCycle): Promise<RunOutcome> {
  for (;;) {
    const triggered = await triggerJob(client.schedule, syncJobId, { force: false });
    if (triggered.outcome === 'started') return awaitRun(client, triggered, context);
    if (triggered.running === null) continue;
    const { runId } = await client.workflow.getHandle(triggered.running).describe();
    return awaitRun(client, { workflowId: triggered.running, runId }, context);
  }
}

/** Waits for one that is under way, too, but it may have looked before the sync had loaded anything. */
async function reportNow({ client }: FirstCycle): Promise<void> {
  for (;;) {
    const triggered = await triggerJob(client.schedule, hourlyReportJobId, { force: false });
    const workflowId = triggered.outcome === 'started' ? triggered.workflowId : triggered.running;
    if (workflowId !== null) await client.workflow.result(workflowId);
    if (triggered.outcome === 'started') return;
  }
}

async function whereToLook({ settings, stack }: FirstCycle, since: Date): Promise<string> {
  const places: [string, string | null][] = [
    ['Report', await reportText(settings, since)],
    [
      'Web UI',
      stack.temporalUiUrl === null
        ? null
        : `${stack.temporalUiUrl}/namespaces/${settings.temporal.namespace}/schedules`,
    ],
    ['Simulator', stack.simulatorUrl],
  ];
  const lines = places
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `  ${name.padEnd(10)} ${value ?? ''}`);
  return `${lines.join('\n')}\n\n`;
}

/** The newest by the ledger, whichever run has built it, and how many others were since. */
async function reportText(settings: Settings, since: Date): Promise<string> {
  const { dir } = settings.reports;
  let text = `${dir} (none yet: no hour that is over has figures)`;
  try {
    await withDatabaseOf(settings, async (sql) => {
      const [newest, ...others] = await pageReports(sql, { before: null, limit: 200 });
      const more = others.filter(({ publishedAt }) => publishedAt >= since).length;
      if (newest !== undefined) text = `${newest.path}${more > 0 ? ` and ${more} more` : ''}`;
    });
  } catch {
    // How the sync ended is told in any case.
    return dir;
  }
  return text;
}
