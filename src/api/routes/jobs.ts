import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import { deleteJob, pauseJob, resumeJob } from '../../schedules/edit-job.ts';
import { describeJob } from '../../schedules/read-jobs.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { jobId } from '../fields.ts';
import type { InTurn } from '../in-turn.ts';
import { jobJson, jobSchema } from '../job-json.ts';
import { runNow, runNowSchema } from '../run-now.ts';

const params = z.object({ job_id: jobId });

export function addJobRoutes(app: Api, parts: ApiParts, starts: InTurn): void {
  addReadRoute(app, parts);
  addPauseRoutes(app, parts);
  addDeleteRoute(app, parts);
  addRunRoute(app, parts, starts);
}

function addReadRoute(app: Api, { client }: ApiParts): void {
  app.get(
    '/scheduler/jobs/:job_id',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getJob',
        tags: ['jobs'],
        summary: 'One job as it stands in Temporal now',
        params,
        response: answers({ 200: jobSchema }, 'not_found'),
      },
    },
    async (request, reply) => {
      const view = await describeJob(client.schedule, request.params.job_id);
      void reply.header('etag', `"${view.version}"`);
      return jobJson(view);
    },
  );
}

function addPauseRoutes(app: Api, { client }: ApiParts): void {
  for (const [verb, change, summary] of [
    ['pause', pauseJob, 'Keep a job from starting runs by itself, with a note that says why'],
    ['resume', resumeJob, 'Let a job start runs again'],
  ] as const)
    app.post(
      `/scheduler/jobs/:job_id/${verb}`,
      {
        config: { access: 'operator' },
        schema: {
          operationId: `${verb}Job`,
          tags: ['jobs'],
          summary,
          params,
          body: z
            .strictObject({
              note: z
                .string()
                .regex(/^[ -\uffff]{0,1000}$/)
                .refine((text) => text.isWellFormed(), 'It has half of a character.')
                .default(''),
            })
            .nullish()
            .meta({ examples: [{ note: 'SharePoint is being moved' }] }),
          response: answers({ 200: jobSchema }, 'not_found', 'too_large', 'unsupported_media_type'),
        },
      },
      async (request, reply) => {
        const { job_id: id } = request.params;
        const note = request.body?.note ?? '';
        await describeJob(client.schedule, id);
        await change(client.schedule, id, note === '' ? `${verb}d over the API` : note);
        const view = await describeJob(client.schedule, id);
        void reply.header('etag', `"${view.version}"`);
        return jobJson(view);
      },
    );
}

function addDeleteRoute(app: Api, { client }: ApiParts): void {
  app.delete(
    '/scheduler/jobs/:job_id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'deleteJob',
        tags: ['jobs'],
        summary: 'Remove a job; its runs go on, and stay in the history',
        params,
        response: {
          204: z.undefined().meta({ description: 'Done' }),
          ...answers({}, 'not_found', 'too_large', 'unsupported_media_type'),
        },
      },
    },
    async (request, reply): Promise<FastifyReply> => {
      await describeJob(client.schedule, request.params.job_id);
      await deleteJob(client.schedule, request.params.job_id);
      return (reply as FastifyReply).code(204).send();
    },
  );
}

function addRunRoute(app: Api, parts: ApiParts, starts: InTurn): void {
  app.post(
    '/scheduler/jobs/:job_id/run',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'runJob',
        tags: ['jobs'],
        summary: 'Run a job now, whether or not it is paused, under its overlap policy',
        params,
        ...runNowSchema,
      },
    },
    async (request, reply) => {
      const { job_id: id } = request.params;
      return runNow(parts, starts, id, { request, reply, body: request.body });
    },
  );
}
