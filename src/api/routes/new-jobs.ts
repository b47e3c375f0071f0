import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import type { Cadence, JobDefinition } from '../../domain/job.ts';
import { createJob, JobChangedMeanwhile } from '../../schedules/edit-job.ts';
import { newJob } from '../../schedules/job-defaults.ts';
import { JobNotFound } from '../../schedules/job-not-found.ts';
import { type PresetName, presetJob, presetNames, presets } from '../../schedules/presets.ts';
import { describeJob } from '../../schedules/read-jobs.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { configOf, configSchema } from '../config-json.ts';
import { cronCadence, cronFields } from '../cron-fields.ts';
import { jobId, moment } from '../fields.ts';
import { definitionOf, jobJson, jobSchema, policyFields, timezoneField } from '../job-json.ts';
import { Problem } from '../problem.ts';

const replaceExisting = z
  .enum(['true', 'false'])
  .default('false')
  .meta({ description: 'Whether a job of this id is replaced; it keeps its pause, note and counters.' });

const query = z.strictObject({ replace_existing: replaceExisting });

const common = { job_id: jobId, ...policyFields, config: configSchema.optional() };

type Common = z.output<z.ZodObject<typeof common>>;

/** Routes that make jobs. */
export function addNewJobRoutes(app: Api, parts: ApiParts): void {
  addCronRoute(app, parts);
  addIntervalRoute(app, parts);
  addOneTimeRoute(app, parts);
  addPresetRoutes(app, parts);
}

const made = () =>
  answers({ 200: jobSchema, 201: jobSchema }, 'conflict', 'too_large', 'unsupported_media_type');

function addCronRoute(app: Api, parts: ApiParts): void {
  app.post(
    '/scheduler/jobs/cron',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'createCronJob',
        tags: ['jobs'],
        summary: 'Make a job that is due by a cron expression',
        querystring: query,
        body: z.strictObject({ ...common, ...cronFields, timezone: timezoneField }).meta({
          examples: [
            { job_id: 'daily_incremental', hour: 2, minute: 0, config: { incremental_mode: 'auto' } },
          ],
        }),
        response: made(),
      },
    },
    (request, reply) => {
      const { timezone = parts.settings.scheduler.timezone, ...body } = request.body;
      const cadence = cronCadence(body, timezone);
      if (cadence === null) throw new Problem('invalid', 'body: either `cron`, or some of its fields.');
      return make(parts, reply, { body: request.body, query: request.query, cadence });
    },
  );
}

function addIntervalRoute(app: Api, parts: ApiParts): void {
  const amount = z.int().min(0).max(1_000_000).optional();
  app.post(
    '/scheduler/jobs/interval',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'createIntervalJob',
        tags: ['jobs'],
        summary: 'Make a job that is due again and again after the same time, counted from 1970 in UTC',
        querystring: query,
        body: z
          .strictObject({
            ...common,
            seconds: amount,
            minutes: amount,
            hours: amount,
            days: amount,
            weeks: amount,
          })
          .meta({ examples: [{ job_id: 'hourly_check', hours: 1 }] }),
        response: made(),
      },
    },
    (request, reply) => {
      const { seconds = 0, minutes = 0, hours = 0, days = 0, weeks = 0 } = request.body;
      const total = seconds + 60 * (minutes + 60 * (hours + 24 * (days + 7 * weeks)));
      const cadence = { kind: 'interval', seconds: total, offsetSeconds: 0 } as const;
      return make(parts, reply, { body: request.body, query: request.query, cadence });
    },
  );
}

function addOneTimeRoute(app: Api, parts: ApiParts): void {
  app.post(
    '/scheduler/jobs/onetime',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'createOneTimeJob',
        tags: ['jobs'],
        summary: 'Make a job that is due once',
        querystring: query,
        body: z
          .strictObject({
            ...common,
            run_date: moment.meta({
              description: 'With an offset or Z, to the second.',
              examples: ['2030-01-31T06:00:00Z'],
            }),
          })
          .meta({ examples: [{ job_id: 'once', run_date: '2030-01-31T06:00:00Z' }] }),
        response: made(),
      },
    },
    (request, reply) => {
      const at = new Date(Math.floor(Date.parse(request.body.run_date) / 1000) * 1000).toISOString();
      if (Date.parse(at) <= Date.now())
        throw new Problem('invalid', `body/run_date: ${at} is over: the job would never run.`);
      return make(parts, reply, { body: request.body, query: request.query, cadence: { kind: 'once', at } });
    },
  );
}

function addPresetRoutes(app: Api, parts: ApiParts): void {
  app.get(
    '/scheduler/presets',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listPresets',
        tags: ['jobs'],
        summary: 'Times that jobs are often given',
        response: answers({
          200: z.object({
            items: z.array(z.object({ name: z.string(), description: z.string(), kind: z.string() })),
          }),
        }),
      },
    },
    () => ({
      items: presetNames.map((name) => ({
        name,
        description: presets[name].description,
        kind: presets[name].kind,
      })),
    }),
  );

  app.post(
    '/scheduler/presets/:preset_name',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'createPresetJob',
        tags: ['jobs'],
        summary: 'Make a job by a preset; the body is what its runs do differently',
        params: z.object({ preset_name: z.enum(presetNames as [PresetName, ...PresetName[]]) }),
        querystring: query.extend({ job_id: jobId }),
        body: configSchema.nullish(),
        response: made(),
      },
    },
    (request, reply) => {
      const { job_id: id, replace_existing } = request.query;
      const job = presetJob(request.params.preset_name, id, parts.settings);
      const definition = { ...job, config: configOf(request.body ?? {}) };
      return create(parts, reply, definition, replace_existing === 'true');
    },
  );
}

function make(
  parts: ApiParts,
  reply: FastifyReply,
  asked: {
    readonly body: Common;
    readonly query: z.output<typeof query>;
    readonly cadence: Cadence;
  },
) {
  const { job_id: id, kind = 'sync' } = asked.body;
  const base = { ...newJob(id, kind, parts.settings), cadences: [asked.cadence] };
  return create(parts, reply, definitionOf(asked.body, base), asked.query.replace_existing === 'true');
}

async function create(
  { client, settings }: ApiParts,
  reply: FastifyReply,
  definition: JobDefinition,
  replace: boolean,
) {
  const options = { origin: 'api', replaceExisting: replace } as const;
  const { outcome } = await createJob(client.schedule, settings, definition, options);
  const view = await describeJob(client.schedule, definition.id).catch((error: unknown) => {
    throw error instanceof JobNotFound ? new JobChangedMeanwhile(definition.id) : error;
  });
  void reply
    .code(outcome === 'created' ? 201 : 200)
    .header('location', `/scheduler/jobs/${definition.id}`)
    .header('etag', `"${view.version}"`);
  return jobJson(view);
}
