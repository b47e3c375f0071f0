import { z } from 'zod';

import { pageRuns } from '../../database/queries/page-runs.ts';
import { cancelRun } from '../../runs/cancel-run.ts';
import { asItIs, readRun } from '../../runs/read-run.ts';
import { retryRun } from '../../runs/retry-run.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { idempotencyHeaders, jobId, runReference } from '../fields.ts';
import type { InTurn } from '../in-turn.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { recordedStatuses, runJson, runSchema } from '../run-json.ts';
import { startedSchema, startOnce } from '../start-once.ts';

const params = z.object({ run_id: runReference });

const positionSchema = z.tuple([z.int(), runReference]);

export function addRunRoutes(app: Api, parts: ApiParts, starts: InTurn): void {
  addReadRoutes(app, parts);
  addChangeRoutes(app, parts, starts);
}

function addReadRoutes(app: Api, { sql, client }: ApiParts): void {
  app.get(
    '/pipeline/runs',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listRuns',
        tags: ['runs'],
        summary:
          'Runs that load files, newest first; with `status` a page may hold fewer than `limit`, and others follow',
        querystring: z.strictObject({
          ...pageQuery,
          job: jobId.optional(),
          status: z.enum(recordedStatuses).optional(),
        }),
        response: answers({ 200: pageOf(runSchema) }),
      },
    },
    async (request, reply) => {
      const { limit, cursor, job = null, status = null } = request.query;
      const position = readCursor(cursor, positionSchema);
      const before = position === null ? null : { startedMicros: position[0], runId: position[1] };
      // A record that says `running` may be of any status: see `asItIs`.
      const statuses = status === null ? null : [status, 'running' as const];
      const records = await pageRuns(sql, { job, statuses, before, limit: limit + 1 });
      const answer = page(
        records,
        limit,
        { item: (record) => record, position: ({ startedMicros, runId }) => [startedMicros, runId] },
        { request, reply },
      );
      const runs = await Promise.all(answer.items.map((record) => asItIs(client, record)));
      const wanted = runs.filter((run) => status === null || run.status === status);
      return { ...answer, items: wanted.map(runJson) };
    },
  );

  app.get(
    '/pipeline/runs/:run_id',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getRun',
        tags: ['runs'],
        summary: 'One run of any job',
        params,
        response: answers({ 200: runSchema }, 'not_found'),
      },
    },
    async (request) => runJson(await readRun({ sql, client }, request.params.run_id)),
  );
}

function addChangeRoutes(app: Api, { sql, client, settings }: ApiParts, starts: InTurn): void {
  const { taskQueue } = settings.temporal;
  app.post(
    '/pipeline/runs/:run_id/cancel',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'cancelRun',
        tags: ['runs'],
        summary: 'Ask a run to stop in order; what it has loaded stays',
        params,
        response: answers({ 202: runSchema }, 'not_found', 'conflict', 'too_large', 'unsupported_media_type'),
      },
    },
    async (request, reply) => {
      const run = await readRun({ sql, client }, request.params.run_id);
      await cancelRun(client, run);
      return reply.code(202).header('location', `/pipeline/runs/${run.workflowId}`).send(runJson(run));
    },
  );

  app.post(
    '/pipeline/runs/:run_id/retry',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'retryRun',
        tags: ['runs'],
        summary: 'Ask the same once more, as a run of its own',
        headers: idempotencyHeaders,
        params,
        response: answers(
          { 202: startedSchema },
          'not_found',
          'conflict',
          'key_reused',
          'too_large',
          'unsupported_media_type',
        ),
      },
    },
    async (request, reply) => {
      const run = await readRun({ sql, client }, request.params.run_id);
      return starts.run(run.workflowId, () =>
        startOnce(sql, { request, reply }, async (claim) => {
          const workflowId = await claim.ownId(`${run.job ?? 'run'}-retry`);
          return { outcome: 'started', ...(await retryRun({ client, sql, taskQueue }, run, workflowId)) };
        }),
      );
    },
  );
}
