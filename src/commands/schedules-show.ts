import { Command } from 'commander';

import { plainConfig } from '../domain/job.ts';
import { isOverdue, lastSuccess } from '../schedules/last-success.ts';
import { describeJob, type JobView, type RecentRun } from '../schedules/read-jobs.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { type FactLine, factLines } from './fact-lines.ts';
import { type JobOptions, withTemporal, zoneText } from './schedules-command.ts';

export function schedulesShowCommand(context: CommandContext): Command {
  return new Command('show')
    .description('show one job: when it is due, its policies, its last runs and counters')
    .argument('<id>', 'the job')
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: JobOptions) => show(context, id, options));
}

async function show(context: CommandContext, id: string, options: JobOptions): Promise<void> {
  await withTemporal(context, options, async (client) => {
    const job = await describeJob(client.schedule, id);
    const succeeded = await lastSuccess(client.workflow, id, job.definition);
    const successWithinMinutes = job.definition?.successWithinMinutes ?? null;
    const overdue = !job.paused && isOverdue({ successWithinMinutes, createdAt: job.createdAt }, succeeded);
    const lastSuccessAt = succeeded?.toISOString() ?? null;
    if (options.output === 'json') context.stdout(`${JSON.stringify({ ...job, lastSuccessAt, overdue })}\n`);
    else
      context.stdout(
        factLines([...lines(job), ...successLines(job, lastSuccessAt, overdue), ...runLines(job)]),
      );
  });
}

function lines(job: JobView): FactLine[] {
  const { counters, running, nextFires, timezone } = job;
  return [
    ['job', `${job.id}${job.kind === null ? '' : ` (${job.kind})`}`],
    ['due', job.cadence],
    ['state', job.paused ? `paused: ${job.note === '' ? 'no reason given' : job.note}` : 'on'],
    ...(job.after?.isGone === true
      ? [
          [
            'waits',
            `for ${job.after.job}, which is gone: nothing starts it until that is made again`,
          ] as const,
        ]
      : []),
    [
      'next',
      nextFires
        .slice(0, 3)
        .map((each) => zoneText(each, timezone))
        .join(', '),
    ],
    ['made by', job.origin],
    ...job.changed.map(
      ({ what, now, wanted }): FactLine => ['changed', `${what}: ${now}, declared ${wanted}`],
    ),
    ['', ''],
    ['overlap', overlapText(job)],
    ['catch-up', `${job.catchupMinutes} minutes`],
    ['time limit', job.runTimeoutMinutes === null ? 'none' : `${job.runTimeoutMinutes} minutes`],
    ['pauses', pauseText(job)],
    ['runs', configText(job)],
    ['', ''],
    ['running', running.map(({ workflowId }) => workflowId).join(', ')],
    [
      'counted',
      `${counters.started} started, ${counters.skippedOverlap} skipped (a run was under way), ` +
        `${counters.missedCatchup} missed (catch-up time over), ${counters.buffered} waiting`,
    ],
  ];
}

function overlapText({ overlap }: JobView): string {
  if (overlap === 'skip') return 'skip: a tick is skipped while a run is under way';
  if (overlap === 'queue') return 'queue: one waits while a run is under way, more are skipped';
  return overlap === 'allow' ? 'allow: runs may overlap' : 'a policy that was set in Temporal';
}

function configText({ definition }: JobView): string {
  const { incrementalMode, forceRecreate, dropGone, ciMode, dryRun } = definition?.config ?? plainConfig;
  const said = [
    incrementalMode === 'full' ? 'incremental_mode = full' : null,
    forceRecreate ? 'force_recreate' : null,
    dropGone === true ? 'drop_gone' : null,
    ciMode ? 'ci_mode' : null,
    dryRun ? 'dry_run' : null,
  ].filter((each) => each !== null);
  return said.length === 0 ? 'as usual' : said.join(', ');
}

function pauseText({ definition }: JobView): string {
  const after = definition?.pauseAfterFailures ?? null;
  if (after === null) return 'never by itself';
  return after === 1 ? 'after a failure' : `after ${after} failures in a row`;
}

function successLines({ definition, timezone }: JobView, last: string | null, overdue: boolean): FactLine[] {
  const within = definition?.successWithinMinutes ?? null;
  const wanted = within === null ? '' : `, wanted within ${within} minutes${overdue ? ': OVERDUE' : ''}`;
  return [['last success', `${last === null ? 'none' : zoneText(last, timezone)}${wanted}`]];
}

function runLines({ recent, timezone }: JobView): FactLine[] {
  return recent
    .slice(0, 5)
    .map((run, index): FactLine => [index === 0 ? 'last runs' : '', runText(run, timezone)]);
}

function runText({ workflowId, nominalTime, startedAt }: RecentRun, zone: string): string {
  return `${workflowId}, for ${zoneText(nominalTime, zone)}, started ${zoneText(startedAt, zone)}`;
}
