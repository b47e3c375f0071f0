import { z } from 'zod';

/** What several routes take or answer. */
export const dateTime = z.iso.datetime().meta({ description: 'ISO 8601 in UTC.' });

const century = { from: Date.UTC(2000, 0), to: Date.UTC(2100, 0) };

/** With an offset or Z. Others than of this century are typing errors, which no schedule could hold. */
export const moment = z.iso
  .datetime({ offset: true })
  .refine(
    (text) => Date.parse(text) >= century.from && Date.parse(text) < century.to,
    'It is not of this century.',
  );

/** Workflow ids begin with the job's id and end with the time that they stand for. */
export const runReference = z
  .string()
  .regex(/^[A-Za-z0-9_.:@+-]{1,255}$/)
  .meta({ description: 'A run id, or the workflow id of a run.', examples: ['sync-2026-11-22T14:00:00Z'] });

export const fileIdParams = z.object({
  file_id: z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/)
    .transform(Number)
    .meta({ description: 'As in the ledger.', examples: ['1'] }),
});

/** Whoever sends a request again, since the answer was lost, sends the same key: then it is done once. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({ description: 'Any text of your own; the same one means the same request, for a day.' }),
});

export const datasetName = z.string().regex(/^[A-Za-z0-9_-]{1,63}$/);

/** Ids of jobs are also ids of Temporal Schedules. */
export const jobId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/)
  .meta({ examples: ['sync'] });
