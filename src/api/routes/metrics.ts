import type { Client } from '@temporalio/client';
import { z } from 'zod';

import { countWork } from '../../database/queries/count-work.ts';
import { isLate } from '../../schedules/last-success.ts';
import { type JobView, listJobs } from '../../schedules/read-jobs.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { cached } from '../cached.ts';
import { type Metric, metricsJson, metricsText } from '../metrics.ts';

/** Whoever scrapes more often gets the same figures. */
const freshMs = 5000;

export function addMetricsRoute(app: Api, parts: ApiParts): void {
  const current = cached(freshMs, () => readMetrics(parts));
  const { 200: json, ...problems } = answers({
    200: z.record(z.string(), z.union([z.number(), z.object({ count: z.int(), sum: z.number() })])),
  });
  app.get(
    '/metrics',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getMetrics',
        tags: ['health'],
        summary: 'Counters, as Prometheus reads them; with Accept: application/json, as JSON',
        response: {
          200: { ...json, content: { ...json.content, 'text/plain': { schema: z.string() } } },
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const metrics = await current();
      const isJson = /\bapplication\/json\b/.test(request.headers.accept ?? '');
      if (isJson) return reply.send(metricsJson(metrics));
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(metrics));
    },
  );
}

async function readMetrics({ sql, client }: ApiParts): Promise<Metric[]> {
  const [jobs, work] = await Promise.all([listJobs(client.schedule), countWork(sql)]);
  const late = await readLate(client, jobs);
  return [
    perJob('scheduler.tick.count', 'Runs that a job has started.', jobs, ({ started }) => started),
    perJob(
      'scheduler.tick.skipped_overlap.count',
      'Ticks, and triggers outside of the API, that were skipped, since a run was under way.',
      jobs,
      ({ skippedOverlap }) => skippedOverlap,
    ),
    perJob(
      'scheduler.tick.missed.count',
      'Ticks that were missed, since no server was there in time.',
      jobs,
      ({ missedCatchup }) => missedCatchup,
    ),
    {
      name: 'scheduler.job.late',
      help: '1: no run of the job has succeeded within success_within_minutes.',
      type: 'gauge',
      samples: late,
    },
    counter('syncjob.download.success.count', 'Files that were downloaded.', work.downloaded),
    counter('syncjob.download.failure.count', 'Files that failed in a run.', work.failed),
    {
      name: 'syncjob.duration.ms',
      help: 'How long runs took that have ended.',
      type: 'summary',
      samples: [{ labels: {}, value: { count: work.runs, sum: work.durationMs } }],
    },
    {
      name: 'ledger.files',
      help: 'Versions of files, by what has become of them.',
      type: 'gauge',
      samples: Object.entries(work.files).map(([state, value]) => ({ labels: { state }, value })),
    },
  ];
}

/** Of jobs that have to succeed within some time. */
async function readLate(client: Client, jobs: readonly JobView[]): Promise<Metric['samples']> {
  const samples: Metric['samples'][number][] = [];
  for (const { id, paused, createdAt, definition } of jobs) {
    if ((definition?.successWithinMinutes ?? null) === null) continue;
    const late = await isLate(client.workflow, { id, paused, createdAt, definition });
    samples.push({ labels: { job: id }, value: late ? 1 : 0 });
  }
  return samples;
}

function perJob(
  name: string,
  help: string,
  jobs: readonly JobView[],
  value: (counters: JobView['counters']) => number,
): Metric {
  const samples = jobs.map(({ id, counters }) => ({ labels: { job: id }, value: value(counters) }));
  return { name, help, type: 'counter', samples };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', samples: [{ labels: {}, value }] };
}
