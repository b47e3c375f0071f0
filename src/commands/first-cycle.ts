import type { Client } from '@temporalio/client';
import type { ReportResult } from '../../workflows/build-report.ts';
import { hourlyReportJobId, syncJobId } from '../schedules/jobs.ts';
import type { RunRef } from '../schedules/read-jobs.ts';
import { triggerJob } from '../schedules/trigger-job.ts';
import type { Settings } from '../settings/settings.ts';
import { awaitRun, type RunOutcome } from './await-run.ts';
import type { CommandContext } from './command-context.ts';
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
  if (settings.reports.hourly) steps.note('Building the hourly reports ...');
  const reports = settings.reports.hourly ? await reportNow(cycle) : null;
  try {
    reportRun(sync, context, { output: 'text', durationMs });
  } finally {
    context.stdout(whereToLook(cycle, reports));
  }
}

async function runNow({ client, context }: FirstCycle): Promise<RunOutcome> {
  return awaitRun(client, await startedRun(client, syncJobId), context);
}

async function reportNow({ client }: FirstCycle): Promise<ReportResult> {
  const { workflowId, runId } = await startedRun(client, hourlyReportJobId);
  return (await client.workflow.getHandle(workflowId, runId).result()) as ReportResult;
}

/** One that is under way serves as well: the schedule's own tick, what follows another job, or a run of an earlier start. */
async function startedRun(client: Client, job: string): Promise<RunRef> {
  for (;;) {
    const triggered = await triggerJob(client.schedule, job, { force: false });
    if (triggered.outcome === 'started') return triggered;
    if (triggered.running === null) continue;
    const { runId } = await client.workflow.getHandle(triggered.running).describe();
    return { workflowId: triggered.running, runId };
  }
}

function whereToLook({ settings, stack }: FirstCycle, reports: ReportResult | null): string {
  const newest = reports?.latest[0];
  const reportLine =
    newest === undefined
      ? `${settings.reports.dir} (no new hour was due)`
      : `${newest.path}${(reports?.published ?? 0) > 1 ? ` and ${(reports?.published ?? 0) - 1} more` : ''}`;
  const places: [string, string | null][] = [
    ['Report', reportLine],
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
