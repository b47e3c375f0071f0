import { z } from 'zod';

import { type JobStatistics, readJobHistory, statisticsOf } from '../../runs/job-history.ts';
import { describeJob } from '../../schedules/read-jobs.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { dateTime, jobId } from '../fields.ts';
import { runJson, runSchema } from '../run-json.ts';

const statisticsSchema = z
  .object({
    runs: z.int(),
    succeeded: z.int(),
    partial: z.int().meta({ description: 'Some of their files failed.' }),
    failed: z.int(),
    cancelled: z.int(),
    terminated: z.int(),
    timed_out: z.int(),
    running: z.int(),
    dry_run: z.int(),
    skipped_dst_fold: z.int(),
    skipped_no_data: z.int().meta({ description: 'The data that they waited for did not arrive.' }),
    skipped_overlap: z.int().meta({ description: 'Ticks and triggers, since the job was made.' }),
    missed_catchup: z.int().meta({ description: 'Ticks, since the job was made.' }),
    duration_ms: z
      .object({ p50: z.int().nullable(), p95: z.int().nullable() })
      .meta({ description: 'Of runs that went through.' }),
    last_success_at: dateTime.nullable(),
    last_error: z.object({ workflow_id: z.string(), at: dateTime, message: z.string() }).nullable(),
  })
  .meta({ id: 'JobStatistics' });

const params = z.object({ job_id: jobId });

export function addHistoryRoutes(app: Api, { sql, client }: ApiParts): void {
  app.get(
    '/scheduler/jobs/:job_id/history',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getJobHistory',
        tags: ['jobs'],
        summary: 'The newest runs of a job, newest first, as Temporal and Postgres know them',
        params,
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(50) }),
        response: answers({ 200: z.object({ items: z.array(runSchema) }) }, 'not_found'),
      },
    },
    async (request) => {
      const { job_id: id } = request.params;
      await describeJob(client.schedule, id);
      return { items: (await readJobHistory({ sql, client }, id, request.query.limit)).map(runJson) };
    },
  );

  app.get(
    '/scheduler/jobs/:job_id/statistics',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getJobStatistics',
        tags: ['jobs'],
        summary: 'How the newest thousand runs of a job went',
        params,
        response: answers({ 200: statisticsSchema }, 'not_found'),
      },
    },
    async (request) => {
      const { job_id: id } = request.params;
      const { counters } = await describeJob(client.schedule, id);
      const statistics = statisticsOf(await readJobHistory({ sql, client }, id));
      return {
        ...statisticsJson(statistics),
        skipped_overlap: counters.skippedOverlap,
        missed_catchup: counters.missedCatchup,
      };
    },
  );
}

function statisticsJson(statistics: JobStatistics) {
  const { runs, succeeded, partial, failed, cancelled, terminated, running, lastError } = statistics;
  return {
    ...{ runs, succeeded, partial, failed, cancelled, terminated, running },
    timed_out: statistics.timedOut,
    dry_run: statistics.dryRuns,
    skipped_dst_fold: statistics.skippedFold,
    skipped_no_data: statistics.skippedNoData,
    duration_ms: { p50: statistics.p50Ms, p95: statistics.p95Ms },
    last_success_at: statistics.lastSuccessAt?.toISOString() ?? null,
    last_error:
      lastError === null
        ? null
        : { workflow_id: lastError.workflowId, at: lastError.at.toISOString(), message: lastError.message },
  };
}
