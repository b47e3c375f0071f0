import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

import { invalidRequest } from './graph-error.ts';

/** The JSON of a request to the control plane; none is `{}`. Throws a GraphError that says all that is wrong with it. */
export function readBody<Schema extends z.ZodType>(
  request: FastifyRequest,
  schema: Schema,
): z.output<Schema> {
  const read = schema.safeParse(parse(request.body));
  if (read.success) return read.data;
  const problems = read.error.issues.map(
    ({ path, message }) => `${[...path.map(String), message].join(': ')}.`,
  );
  throw invalidRequest(problems.join(' '));
}

function parse(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString().trim() : '';
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch (error) {
    throw invalidRequest(`The body is no JSON: ${(error as Error).message}.`);
  }
}
