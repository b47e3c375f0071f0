import { z } from 'zod';

import type { RunRecord } from '../database/queries/page-runs.ts';
import type { Run } from '../runs/read-run.ts';
import { configJson, configSchema } from './config-json.ts';
import { dateTime } from './fields.ts';

export const recordedStatuses = [
  'running',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
  'timed_out',
  'terminated',
  'dry_run',
  'skipped_dst_fold',
  'skipped_no_data',
] as const;

export const runSchema = z
  .object({
    workflow_id: z.string(),
    run_id: z.string().nullable(),
    job: z.string().nullable(),
    status: z.enum(['queued', ...recordedStatuses]),
    started_at: dateTime.nullable(),
    ended_at: dateTime.nullable(),
    duration_ms: z.int().nullable(),
    nominal_time: dateTime.nullable().meta({ description: 'The moment that it stands for.' }),
    window: z.object({ from: dateTime.nullable(), to: dateTime.nullable() }).nullable(),
    files: z
      .object({
        listed: z.int(),
        skipped: z.int(),
        downloaded: z.int(),
        ingested: z.int(),
        quarantined: z.int(),
        duplicates: z.int(),
        unready: z.int(),
        failed: z.int(),
      })
      .nullable()
      .meta({ description: 'Null: it moves no files, or has not come to them.' }),
    rows: z.object({ loaded: z.int(), rejected: z.int(), aggregated: z.int() }).nullable(),
    error: z.string().nullable(),
    config: configSchema.nullable().meta({ description: 'What it did differently.' }),
  })
  .meta({ id: 'Run' });

export function runJson({ record, startedAt, endedAt, ...run }: Run): z.output<typeof runSchema> {
  return {
    workflow_id: run.workflowId,
    run_id: run.runId,
    job: run.job,
    status: run.status,
    started_at: startedAt?.toISOString() ?? null,
    ended_at: endedAt?.toISOString() ?? null,
    duration_ms: startedAt === null || endedAt === null ? null : endedAt.getTime() - startedAt.getTime(),
    nominal_time: record?.nominalTime.toISOString() ?? null,
    window: record === null ? null : windowOf(record),
    files: record === null ? null : filesOf(record),
    rows:
      record === null
        ? null
        : { loaded: record.rowsLoaded, rejected: record.rowsRejected, aggregated: record.rowsAggregated },
    error: record?.error ?? null,
    config: configOf(record),
  };
}

function configOf(record: RunRecord | null) {
  const config = record?.config ?? null;
  return config === null ? null : configJson(config);
}

function windowOf({ windowFrom, windowTo }: RunRecord) {
  return { from: windowFrom?.toISOString() ?? null, to: windowTo?.toISOString() ?? null };
}

function filesOf(record: RunRecord) {
  const { listed, skipped, downloaded, ingested, quarantined, duplicates, unready, failed } = record;
  return { listed, skipped, downloaded, ingested, quarantined, duplicates, unready, failed };
}
