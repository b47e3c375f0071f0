import { createHash, randomUUID } from 'node:crypto';

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Sql } from '../database/connection.ts';
import {
  answerStart,
  claimWorkflowId,
  rememberStart,
  type StartAnswer,
  type StartKey,
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

/**
 * Starts what a request asks for, once for each Idempotency-Key: also when it is sent again after the API was killed in
 * mid-work, or to another API. Throws a Problem when the key was used for something else, or when the run was skipped.
 */
export async function startOnce(
  sql: Sql,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  start: (claim: StartClaim) => Promise<Claimed>,
): Promise<z.output<typeof startedSchema>> {
  const key = request.headers['idempotency-key'];
  const asked: StartKey = {
    principal: principalOf(request).id,
    operation: `${request.method} ${request.url}`,
    key: typeof key === 'string' ? key : randomUUID(),
  };
  const sha256 = createHash('sha256')
    .update(JSON.stringify(request.body ?? null))
    .digest('hex');
  const known = await rememberStart(sql, asked, sha256);
  if (known.sha256 !== sha256)
    throw new Problem('key_reused', 'It stands for a request with another body. Use a new key for this one.');
  if (known.answer !== null) {
    void reply.header('idempotency-replayed', 'true');
    return answer(reply, known.answer);
  }
  const claim: StartClaim = {
    workflowId: known.workflowId,
    take: (workflowId) => claimWorkflowId(sql, asked, workflowId),
    ownId: async (job) => {
      const at = known.createdAt.toISOString().slice(0, 19);
      const hash = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 12);
      const id = `${job}-${at}Z-${hash}`;
      return (await claimWorkflowId(sql, asked, id)) ?? id;
    },
  };
  return answer(reply, await answerStart(sql, asked, answerOf(await start(claim))));
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
    const running = typeof body['running'] === 'string' ? body['running'] : 'a run that has just ended';
    throw new Problem(
      'run_skipped',
      `${running} is under way, and the job does not overlap. Wait for it, or ask with "force": true.`,
      { members: { running: body['running'] ?? null } },
    );
  }
  void reply
    .code(202)
    .header('location', location ?? '')
    .header('retry-after', '2');
  return startedSchema.parse(body);
}
