import { createHash, randomUUID } from 'node:crypto';

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Sql } from '../database/connection.ts';
import {
  answerStart,
  claimWorkflowId,
  releaseWorkflowId,
  rememberStart,
  type StartAnswer,
  type StartKey,
  type StartRequest,
} from '../database/queries/start-requests.ts';
import type { Claim, Claimed } from '../schedules/trigger-claimed.ts';
import { principalOf } from './access.ts';
import { Problem } from './problem.ts';

export const startedSchema = z
  .object({
    workflow_id: z.string(),
    run_id: z.string().nullable(),
    status: z
      .enum(['started', 'queued'])
      .meta({ description: '`queued`: it waits for a run that is under way.' }),
  })
  .meta({ id: 'Started' });

export interface StartClaim extends Claim {
  /** Names a run that no schedule starts: `ingest-2026-11-22T14:05:07Z-1f3a9c0b`, the same for each repetition of the request. */
  readonly ownId: (job: string) => Promise<string>;
}

/** What a request gets, now and whenever it is sent again with its Idempotency-Key. */
interface Asked {
  readonly key: StartKey;
  readonly remembered: StartRequest;
}

/**
 * Does what a request asks for unless its Idempotency-Key has an answer already; `work` may be repeated, also beside itself, and has
 * to see to it by the key that nothing is done twice. Throws a Problem when the key was used for something else.
 */
export async function answerOnce(
  sql: Sql,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  work: (asked: Asked) => Promise<StartAnswer>,
): Promise<StartAnswer> {
  const given = request.headers['idempotency-key'];
  const key: StartKey = {
    principal: principalOf(request).id,
    // Without a query, which none of them takes.
    operation: `${request.method} ${request.url.replace(/\?.*$/, '')}`,
    key: typeof given === 'string' ? given : randomUUID(),
  };
  const sha256 = createHash('sha256')
    .update(JSON.stringify(request.body ?? null))
    .digest('hex');
  const remembered = await rememberStart(sql, key, sha256);
  if (remembered.sha256 !== sha256)
    throw new Problem('key_reused', 'It stands for a request with another body. Use a new key for this one.');
  if (remembered.answer === null) return answerStart(sql, key, await work({ key, remembered }));
  void reply.header('idempotency-replayed', 'true');
  return remembered.answer;
}

/** The same for each repetition of a request, and for no other. */
export function requestHash(key: StartKey): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('hex');
}

/**
 * Starts what a request asks for, once for each Idempotency-Key: also when it is sent again after the API was killed in
 * mid-work, or to another API. Throws a Problem when the key was used for something else, or when the run was skipped.
 */
export async function startOnce(
  sql: Sql,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  start: (claim: StartClaim) => Promise<Claimed>,
): Promise<z.output<typeof startedSchema>> {
  const kept = await answerOnce(sql, exchange, async ({ key, remembered }) => {
    const claim: StartClaim = {
      workflowId: remembered.workflowId,
      take: (workflowId) => claimWorkflowId(sql, key, workflowId),
      giveUp: () => releaseWorkflowId(sql, key),
      ownId: async (job) => {
        const at = remembered.createdAt.toISOString().slice(0, 19);
        const id = `${job}-${at}Z-${requestHash(key).slice(0, 12)}`;
        return (await claimWorkflowId(sql, key, id)) ?? id;
      },
    };
    return answerOf(await start(claim));
  });
  return answer(exchange.reply, kept);
}

function answerOf(claimed: Claimed): StartAnswer {
  if (claimed.outcome === 'skipped')
    return { status: 409, location: null, body: { running: claimed.running } };
  const { outcome, workflowId } = claimed;
  return {
    status: 202,
    location: `/pipeline/runs/${workflowId}`,
    body: {
      workflow_id: workflowId,
      run_id: claimed.outcome === 'started' ? claimed.runId : null,
      status: outcome,
    },
  };
}

function answer(
  reply: FastifyReply,
  { status, location, body }: StartAnswer,
): z.output<typeof startedSchema> {
  if (status === 409) {
    const running = typeof body['running'] === 'string' ? body['running'] : null;
    const why =
      running === null
        ? 'The job does not overlap, and the run in its way has ended since. Ask again, with a new Idempotency-Key.'
        : `${running} is under way, and the job does not overlap. Wait for it, and ask with a new Idempotency-Key; or with "force": true.`;
    throw new Problem('run_skipped', why, { members: { running } });
  }
  void reply
    .code(202)
    .header('location', location ?? '')
    .header('retry-after', '2');
  return startedSchema.parse(body);
}
