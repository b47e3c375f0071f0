import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { requestRunConfig } from '../runs/request-config.ts';
import { triggerClaimed } from '../schedules/trigger-claimed.ts';
import { answers } from './answers.ts';
import type { ApiParts } from './api.ts';
import { configSchema, givenConfig } from './config-json.ts';
import { idempotencyHeaders } from './fields.ts';
import type { InTurn } from './in-turn.ts';
import { startedSchema, startOnce } from './start-once.ts';

const runNowBody = z.strictObject({
  config: configSchema.optional().meta({ description: 'What this run does differently than its job says.' }),
  force: z.boolean().default(false).meta({ description: 'Also beside a run that is under way.' }),
});

/** Of every route that has a job run now. */
export const runNowSchema = {
  headers: idempotencyHeaders,
  body: runNowBody.nullish().meta({ examples: [{ force: false }, { config: { dry_run: true } }] }),
  response: answers(
    { 202: startedSchema },
    'not_found',
    'run_skipped',
    'key_reused',
    'too_large',
    'unsupported_media_type',
  ),
};

interface RunNowExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly body: z.output<typeof runNowSchema.body>;
}

/** Starts of one job are `starts`: one after the other. Throws JobNotFound, and what startOnce does. */
export function runNow(
  { sql, client }: ApiParts,
  starts: InTurn,
  id: string,
  { body, ...exchange }: RunNowExchange,
): ReturnType<typeof startOnce> {
  const { force = false, config } = body ?? {};
  return starts.run(id, () =>
    startOnce(sql, exchange, (claim) =>
      triggerClaimed(client, id, {
        force,
        claim,
        ...(config !== undefined && { prepare: (run) => requestRunConfig(sql, run, givenConfig(config)) }),
      }),
    ),
  );
}
