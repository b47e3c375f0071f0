import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { readBody } from './control-body.ts';
import type { Generated, GenerateRequest } from './generator/hourly-files.ts';
import { GraphError } from './graph-error.ts';

const mostFiles = 100_000;
const mostRows = 1_000_000;

const generateBody = z.strictObject({
  files: z.int().min(1).max(mostFiles).optional(),
  rows: z.int().min(1).max(mostRows).optional(),
});

/** `/sim/generate`: more files than come by themselves each hour. */
export function addGenerateRoutes(
  app: FastifyInstance,
  generate: ((request: GenerateRequest) => Promise<Generated>) | null,
): void {
  app.post('/sim/generate/all', async (request, reply) => {
    if (generate === null)
      throw new GraphError(409, 'notGenerated', 'This library is not filled with generated data.');
    const made = await generate(readBody(request, generateBody));
    return reply.code(201).send(made);
  });
}
