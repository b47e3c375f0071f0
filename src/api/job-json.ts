import { z } from 'zod';

import { type Cadence, type JobDefinition, jobKinds } from '../domain/job.ts';
import { JobRefused, longestExpression, mostEntries } from '../schedules/check-job.ts';
import { usualWaitMinutes } from '../schedules/job-defaults.ts';
import type { JobView } from '../schedules/read-jobs.ts';
import { configJson, configOf, configSchema } from './config-json.ts';
import { dateTime, jobId, moment } from './fields.ts';

const zone = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9_+/-]{0,63}$/)
  .meta({ description: 'An IANA zone.', examples: ['Europe/Berlin'] });

const cadenceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('interval'),
    seconds: z.int().min(1).max(31_622_400),
    offset_seconds: z.int().min(0).max(31_622_399).default(0),
  }),
  z.strictObject({
    kind: z.literal('daily'),
    times: z
      .array(z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/))
      .min(1)
      .max(mostEntries),
    timezone: zone,
  }),
  z.strictObject({
    kind: z.literal('cron'),
    expressions: z.array(z.string().min(1).max(longestExpression)).min(1).max(mostEntries),
    timezone: zone,
  }),
  z.strictObject({ kind: z.literal('once'), at: moment }),
]);

/** How a job is declared, but for when it is due: what the routes that make jobs take beside that. */
export const policyFields = {
  kind: z.enum(jobKinds).optional().meta({ description: 'What its runs do; `sync` by default.' }),
  enabled: z.boolean().optional(),
  overlap: z.enum(['skip', 'queue', 'allow']).optional(),
  jitter_seconds: z.int().min(0).max(86_400).optional(),
  catchup_minutes: z.int().min(1).max(525_600).optional(),
  run_timeout_minutes: z.int().min(1).max(10_080).optional(),
  pause_after_failures: z.int().min(1).max(10).nullable().optional(),
  success_within_minutes: z.int().min(1).max(525_600).nullable().optional(),
  after: jobId.nullable().optional().meta({
    description: 'The job whose runs start those of this one when they have succeeded, also in part.',
  }),
  only_if_rows: z
    .boolean()
    .optional()
    .meta({ description: 'With `after`: only after a run that has loaded rows.' }),
  wait_for: z
    .array(z.string().min(1).max(100))
    .max(mostEntries)
    .optional()
    .meta({ description: 'Datasets of which a file has to arrive before a run begins.' }),
  wait_minutes: z.int().min(1).max(1440).optional().meta({
    description: 'With `wait_for`: how long; then the run ends as `skipped_no_data`. 30 by default.',
  }),
};

export const timezoneField = zone.optional().meta({ description: 'That of the settings by default.' });

export const definitionSchema = z
  .strictObject({
    job_id: jobId,
    ...policyFields,
    cadences: z.array(cadenceSchema).max(20),
    config: configSchema.optional(),
  })
  .meta({ id: 'JobDefinition' });

export type DefinitionJson = z.output<typeof definitionSchema>;

const runRefSchema = z.object({ workflow_id: z.string(), run_id: z.string() });

export const jobSchema = z
  .object({
    job_id: z.string(),
    kind: z.enum(jobKinds).nullable(),
    origin: z
      .enum(['settings', 'schedules.toml', 'api', 'temporal'])
      .meta({ description: 'Who has declared it; `temporal`: a person made it there.' }),
    workflow_type: z.string(),
    cadence: z.string().meta({ description: 'When it is due, in words.' }),
    after: z
      .object({ job_id: z.string(), is_gone: z.boolean() })
      .nullable()
      .meta({ description: 'The job that it is chained after, and whether that was deleted since.' }),
    timezone: z.string(),
    overlap: z.enum(['skip', 'queue', 'allow']).nullable(),
    catchup_minutes: z.number(),
    run_timeout_minutes: z.number().nullable(),
    paused: z.boolean(),
    note: z.string(),
    next_fires: z.array(dateTime),
    running: z.array(runRefSchema),
    recent: z.array(runRefSchema.extend({ nominal_time: dateTime, started_at: dateTime })),
    counters: z.object({
      started: z.int(),
      skipped_overlap: z.int(),
      missed_catchup: z.int(),
      buffered: z.int(),
      dropped_from_buffer: z.int(),
    }),
    changed: z
      .array(z.object({ what: z.string(), now: z.string(), wanted: z.string() }))
      .meta({ description: 'In which a person has changed the schedule in Temporal since it was declared.' }),
    definition: z.looseObject({}).nullable().meta({ description: 'As it was declared: a JobDefinition.' }),
    created_at: dateTime,
    updated_at: dateTime.nullable(),
  })
  .meta({ id: 'Job' });

export function jobJson(view: JobView): z.output<typeof jobSchema> {
  return {
    job_id: view.id,
    kind: view.kind,
    origin: view.origin,
    workflow_type: view.workflowType,
    cadence: view.cadence,
    after: view.after === null ? null : { job_id: view.after.job, is_gone: view.after.isGone },
    timezone: view.timezone,
    overlap: view.overlap,
    catchup_minutes: view.catchupMinutes,
    run_timeout_minutes: view.runTimeoutMinutes,
    paused: view.paused,
    note: view.note,
    next_fires: [...view.nextFires],
    running: view.running.map(runRef),
    recent: view.recent.map((run) => ({
      ...runRef(run),
      nominal_time: run.nominalTime,
      started_at: run.startedAt,
    })),
    counters: {
      started: view.counters.started,
      skipped_overlap: view.counters.skippedOverlap,
      missed_catchup: view.counters.missedCatchup,
      buffered: view.counters.buffered,
      dropped_from_buffer: view.counters.droppedFromBuffer,
    },
    changed: [...view.changed],
    definition: view.definition === null ? null : definitionJson(view.definition),
    created_at: view.createdAt,
    updated_at: view.updatedAt,
  };
}

export function definitionJson(job: JobDefinition): DefinitionJson {
  return {
    job_id: job.id,
    kind: job.kind,
    enabled: job.enabled,
    cadences: job.cadences.map(cadenceJson),
    overlap: job.overlap,
    jitter_seconds: job.jitterSeconds,
    catchup_minutes: job.catchupMinutes,
    run_timeout_minutes: job.runTimeoutMinutes,
    pause_after_failures: job.pauseAfterFailures,
    success_within_minutes: job.successWithinMinutes,
    config: configJson(job.config),
    after: job.chain?.after ?? null,
    ...(job.chain !== null && { only_if_rows: job.chain.onlyIfRows }),
    ...(job.waitFor !== undefined && {
      wait_for: [...job.waitFor.datasets],
      wait_minutes: job.waitFor.minutes,
    }),
  };
}

/** What was not said is as it is in `base`. Throws JobRefused. */
export function definitionOf(json: Partial<DefinitionJson>, base: JobDefinition): JobDefinition {
  refuseHalves(json, base.id);
  return {
    ...base,
    kind: json.kind ?? base.kind,
    enabled: json.enabled ?? base.enabled,
    cadences: json.cadences?.map(cadenceOf) ?? base.cadences,
    overlap: json.overlap ?? base.overlap,
    jitterSeconds: json.jitter_seconds ?? base.jitterSeconds,
    catchupMinutes: json.catchup_minutes ?? base.catchupMinutes,
    runTimeoutMinutes: json.run_timeout_minutes ?? base.runTimeoutMinutes,
    // Null is said.
    pauseAfterFailures:
      json.pause_after_failures === undefined ? base.pauseAfterFailures : json.pause_after_failures,
    successWithinMinutes:
      json.success_within_minutes === undefined ? base.successWithinMinutes : json.success_within_minutes,
    config: configOf(json.config ?? {}),
    ...startConditions(json, base),
  };
}

function startConditions(
  json: Partial<DefinitionJson>,
  base: JobDefinition,
): Pick<JobDefinition, 'chain' | 'waitFor'> {
  return {
    chain: json.after == null ? base.chain : { after: json.after, onlyIfRows: json.only_if_rows ?? false },
    ...(json.wait_for !== undefined && {
      waitFor: { datasets: json.wait_for, minutes: json.wait_minutes ?? usualWaitMinutes },
    }),
  };
}

/** What would mean nothing by itself. Throws JobRefused. */
function refuseHalves(json: Partial<DefinitionJson>, id: string): void {
  const problems = [
    ...(json.only_if_rows === true && json.after == null
      ? [{ key: 'only_if_rows', message: 'stands without after' }]
      : []),
    ...(json.wait_minutes !== undefined && json.wait_for === undefined
      ? [{ key: 'wait_minutes', message: 'stands without wait_for' }]
      : []),
  ];
  if (problems.length > 0) throw new JobRefused(id, problems);
}

function cadenceJson(cadence: Cadence): z.output<typeof cadenceSchema> {
  switch (cadence.kind) {
    case 'interval':
      return { kind: 'interval', seconds: cadence.seconds, offset_seconds: cadence.offsetSeconds };
    case 'daily':
      return { ...cadence, times: [...cadence.times] };
    case 'cron':
      return { ...cadence, expressions: [...cadence.expressions] };
    case 'once':
      return cadence;
  }
}

function cadenceOf(json: z.output<typeof cadenceSchema>): Cadence {
  if (json.kind !== 'interval') return json;
  return { kind: 'interval', seconds: json.seconds, offsetSeconds: json.offset_seconds };
}

function runRef({ workflowId, runId }: { readonly workflowId: string; readonly runId: string }) {
  return { workflow_id: workflowId, run_id: runId };
}
