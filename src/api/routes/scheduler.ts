import { z } from 'zod';

import { readJobHealth } from '../../runs/job-health.ts';
import { listRunsUnderWay, type TemporalRun } from '../../runs/temporal-run.ts';
import { type JobView, listJobs } from '../../schedules/read-jobs.ts';
import { fewAtOnce } from '../../temporal/few-at-once.ts';
import { toldPollers } from '../../temporal/polling.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { dateTime } from '../fields.ts';
import { recordedStatuses } from '../run-json.ts';

/** Shown at most. */
const mostUnderWay = 1000;

const workersSchema = z.int().nullable().meta({
  description:
    'That have asked for work within the last five minutes. Null: the Temporal server does not tell.',
});

const statusSchema = z
  .object({
    status: z
      .enum(['running', 'no_workers'])
      .meta({ description: '`no_workers`: nobody does the work of the jobs.' }),
    task_queue: z.string(),
    workers: workersSchema,
    jobs: z.object({ total: z.int(), paused: z.int(), running: z.int() }),
    next: z.object({ job_id: z.string(), at: dateTime }).nullable(),
    running: z.array(z.object({ job_id: z.string(), workflow_id: z.string() })),
    counters: z.object({ started: z.int(), skipped_overlap: z.int(), missed_catchup: z.int() }),
  })
  .meta({ id: 'SchedulerStatus' });

const jobHealthSchema = z.object({
  job_id: z.string(),
  status: z.enum(['ok', 'paused', 'failing', 'late']),
  reason: z.string(),
  last_run: z
    .object({
      workflow_id: z.string(),
      status: z.enum(recordedStatuses),
      started_at: dateTime,
      ended_at: dateTime.nullable(),
    })
    .nullable(),
  last_success_at: dateTime.nullable(),
});

const healthSchema = z
  .object({
    status: z
      .enum(['ok', 'failing'])
      .meta({ description: '`failing`: no worker is there, or a job is failing or late.' }),
    workers: workersSchema,
    jobs: z.array(jobHealthSchema),
  })
  .meta({ id: 'SchedulerHealth' });

export function addSchedulerRoutes(app: Api, parts: ApiParts): void {
  addStatusRoute(app, parts);
  addHealthRoute(app, parts);
}

function addStatusRoute(app: Api, parts: ApiParts): void {
  const { client } = parts;
  app.get(
    '/scheduler/status',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getSchedulerStatus',
        tags: ['jobs'],
        summary: 'What the jobs are doing now, and what comes next',
        response: answers({ 200: statusSchema }),
      },
    },
    async () => {
      const [jobs, workers, underWay] = await Promise.all([
        listJobs(client.schedule),
        countWorkers(parts),
        listRunsUnderWay(client, mostUnderWay),
      ]);
      return {
        status: workers === 0 ? ('no_workers' as const) : ('running' as const),
        task_queue: parts.settings.temporal.taskQueue,
        workers,
        ...summaryOf(jobs, runningOf(jobs, underWay)),
      };
    },
  );
}

function addHealthRoute(app: Api, parts: ApiParts): void {
  const { client } = parts;
  app.get(
    '/scheduler/health',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getSchedulerHealth',
        tags: ['jobs', 'health'],
        summary: 'How each job is',
        response: answers({ 200: healthSchema }),
      },
    },
    async () => {
      const [jobs, workers] = await Promise.all([listJobs(client.schedule), countWorkers(parts)]);
      const health = await fewAtOnce(jobs, (job) => readJobHealth(client, job));
      const isFailing =
        workers === 0 || health.some(({ status }) => status === 'failing' || status === 'late');
      return {
        status: isFailing ? ('failing' as const) : ('ok' as const),
        workers,
        jobs: health.map(({ job, status, reason, lastRun, lastSuccessAt }) => ({
          job_id: job,
          status,
          reason,
          last_run:
            lastRun === null
              ? null
              : {
                  workflow_id: lastRun.workflowId,
                  status: lastRun.status,
                  started_at: lastRun.startedAt.toISOString(),
                  ended_at: lastRun.endedAt?.toISOString() ?? null,
                },
          last_success_at: lastSuccessAt?.toISOString() ?? null,
        })),
      };
    },
  );
}

async function countWorkers({ client, settings }: ApiParts): Promise<number | null> {
  const { namespace, taskQueue } = settings.temporal;
  return (await toldPollers(client.workflowService, namespace, taskQueue))?.size ?? null;
}

interface RunningRun {
  readonly job_id: string;
  readonly workflow_id: string;
}

/** Schedules know at once of the runs that they wait for; of those that go beside each other, only Temporal's list does. */
function runningOf(jobs: readonly JobView[], underWay: readonly TemporalRun[]): RunningRun[] {
  const awaited = jobs.flatMap(({ id, running }) =>
    running.map(({ workflowId }) => ({ job_id: id, workflow_id: workflowId })),
  );
  const beside = jobs.flatMap(({ id }) =>
    underWay
      .filter(({ job }) => job === id)
      .map(({ workflowId }) => ({ job_id: id, workflow_id: workflowId })),
  );
  const known = new Set(awaited.map(({ workflow_id }) => workflow_id));
  return [...awaited, ...beside.filter(({ workflow_id }) => !known.has(workflow_id))];
}

function summaryOf(jobs: readonly JobView[], running: RunningRun[]) {
  const sum = (value: (job: JobView) => number) => jobs.reduce((all, job) => all + value(job), 0);
  const next = jobs
    .filter(({ paused }) => !paused)
    .flatMap(({ id, nextFires: [at] }) => (at === undefined ? [] : [{ job_id: id, at }]))
    .sort((a, b) => (a.at < b.at ? -1 : 1))[0];
  return {
    jobs: {
      total: jobs.length,
      paused: jobs.filter(({ paused }) => paused).length,
      running: jobs.filter(({ id }) => running.some(({ job_id }) => job_id === id)).length,
    },
    next: next ?? null,
    running,
    counters: {
      started: sum(({ counters }) => counters.started),
      skipped_overlap: sum(({ counters }) => counters.skippedOverlap),
      missed_catchup: sum(({ counters }) => counters.missedCatchup),
    },
  };
}
