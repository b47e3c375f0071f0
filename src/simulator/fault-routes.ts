import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { readBody } from './control-body.ts';
import type { Fault, Faults, WaitingFault } from './faults.ts';
import { GraphError } from './graph-error.ts';

const whole = z.int().min(0);
const yes = z.literal(true);

const pattern = z
  .string()
  .min(1)
  .transform((source, context) => {
    try {
      return new RegExp(source);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  });

const endings = ['status', 'drop', 'truncate', 'stall'] as const;
const effects = [
  ...endings,
  'latencyMs',
  'wrongSize',
  'withoutHash',
  'malware',
  'expiredLinks',
  'emptyPage',
  'duplicateItem',
  'ignoreRange',
  'rootDeltaOnly',
] as const;

const faultBody = z
  .strictObject({
    match: pattern,
    times: z
      .union([z.int().min(1), z.literal('always').transform(() => Infinity)], {
        error: 'This has to be a whole number from 1, or "always"',
      })
      .optional(),
    skip: whole.optional(),
    latencyMs: whole.max(600_000).optional(),
    status: z.int().min(400).max(599).optional(),
    retryAfterSeconds: whole.optional(),
    retryAfterAsDate: z.boolean().optional(),
    withoutLocation: yes.optional(),
    headers: z.record(z.string().regex(/^[\w-]+$/, 'This is no name of a header'), z.string()).optional(),
    body: z
      .union([z.string(), z.record(z.string(), z.unknown())], {
        error: 'This has to be text, which goes out as HTML, or an object',
      })
      .optional(),
    drop: yes.optional(),
    truncate: whole.optional(),
    stall: whole.optional(),
    file: z.string().min(1).optional(),
    wrongSize: z.int().optional(),
    withoutHash: yes.optional(),
    malware: yes.optional(),
    expiredLinks: yes.optional(),
    emptyPage: yes.optional(),
    duplicateItem: yes.optional(),
    ignoreRange: yes.optional(),
    rootDeltaOnly: yes.optional(),
  })
  .refine((fault) => effects.some((effect) => fault[effect] !== undefined), {
    error: `Nothing goes wrong here; give one of ${effects.join(', ')}`,
  })
  .refine((fault) => endings.filter((ending) => fault[ending] !== undefined).length < 2, {
    error: `An answer fails in one way; give one of ${endings.join(', ')}`,
  })
  .refine(
    ({ status, retryAfterSeconds, withoutLocation, headers, body }) =>
      status !== undefined || (retryAfterSeconds ?? withoutLocation ?? headers ?? body) === undefined,
    {
      error: 'retryAfterSeconds, withoutLocation, headers and body need a status',
    },
  );

const scriptBody = z.preprocess(
  (body): unknown => (Array.isArray(body) ? body : [body]),
  z.array(faultBody).min(1),
);

/** `/sim/faults`: what is to go wrong with which requests. */
export function addFaultRoutes(app: FastifyInstance, faults: Faults): void {
  app.get('/sim/faults', () => ({ value: faults.waiting.map(shown) }));
  app.post('/sim/faults', (request, reply) => {
    const script = readBody(request, scriptBody);
    const ids = script.map((fault: Fault) => faults.failNext(fault));
    return reply.code(201).send({ value: faults.waiting.filter(({ id }) => ids.includes(id)).map(shown) });
  });
  app.delete('/sim/faults', (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  app.delete<{ Params: { id: string } }>('/sim/faults/:id', (request, reply) => {
    const { id } = request.params;
    if (faults.remove(Number(id))) return reply.code(204).send();
    throw new GraphError(404, 'itemNotFound', `No fault ${id} waits; GET /sim/faults lists those that do.`);
  });
}

function shown({ id, fault, left, taken }: WaitingFault): object {
  const { match, times, ...what } = fault;
  const always = times === Infinity;
  return { id, match: match.source, ...what, left: always ? 'always' : left, taken };
}
