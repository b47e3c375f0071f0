import { z } from 'zod';

import { assertMigrated } from '../../database/queries/assert-migrated.ts';
import { describeNamespace } from '../../schedules/describe-namespace.ts';
import type { Api, ApiParts } from '../api.ts';
import { cached } from '../cached.ts';

/** So often at most are the parts asked, however many ask us. */
const freshMs = 1000;

const checkSchema = z.object({ name: z.enum(['postgres', 'temporal']), ok: z.boolean() });
const healthSchema = z
  .object({ status: z.enum(['ok', 'failing']), checks: z.array(checkSchema) })
  .meta({ id: 'Health' });

type Health = z.output<typeof healthSchema>;

const open = { access: 'public' } as const;

/** Without details: everybody may ask. What is wrong stands in the log, and `charlie doctor` says it. */
export function addHealthRoutes(app: Api, parts: ApiParts): void {
  const current = cached(freshMs, () => askParts(parts));
  app.get(
    '/livez',
    {
      config: open,
      schema: {
        operationId: 'getLiveness',
        tags: ['health'],
        summary: 'Whether this process answers',
        response: { 200: alive('Done') },
      },
    },
    () => ({ status: 'ok' as const }),
  );
  for (const [path, operationId, summary] of [
    ['/readyz', 'getReadiness', 'Whether requests can be served: Postgres with our tables, and Temporal'],
    ['/health', 'getHealth', 'The same, for people'],
  ] as const)
    app.get(
      path,
      {
        config: open,
        schema: {
          operationId,
          tags: ['health'],
          summary,
          response: { 200: health('All of them answer'), 503: health('One of them does not') },
        },
      },
      async (_request, reply) => {
        const health = await current();
        return reply.code(health.status === 'ok' ? 200 : 503).send(health);
      },
    );
}

function alive(description: string) {
  return { description, content: { 'application/json': { schema: z.object({ status: z.literal('ok') }) } } };
}

function health(description: string) {
  return { description, content: { 'application/json': { schema: healthSchema } } };
}

async function askParts({ sql, client, logger }: ApiParts): Promise<Health> {
  const asks = { postgres: () => assertMigrated(sql), temporal: () => describeNamespace(client) };
  const checks = await Promise.all(
    (Object.keys(asks) as (keyof typeof asks)[]).map(async (name) => {
      try {
        await inTime(asks[name]());
        return { name, ok: true };
      } catch (error) {
        logger.warn({ stage: 'api', part: name, error }, 'A part does not answer');
        return { name, ok: false };
      }
    }),
  );
  return { status: checks.every(({ ok }) => ok) ? 'ok' : 'failing', checks };
}

const mostMs = 2000;

function inTime(work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`No answer in ${mostMs} ms.`));
    }, mostMs);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
