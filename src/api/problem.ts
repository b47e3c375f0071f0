import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Every kind of answer that is no success; docs/scheduling-api.md says what to do about each. */
export const problemKinds = {
  bad_request: [400, 'The request cannot be read'],
  unauthorized: [401, 'A valid token is needed'],
  forbidden: [403, 'The token may not do this'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'This method is not served here'],
  conflict: [409, 'It is in a state that does not allow this'],
  run_skipped: [409, 'Not started: a run is under way'],
  precondition_failed: [412, 'It has changed meanwhile'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body is not JSON'],
  invalid: [422, 'The request is not as it must be'],
  key_reused: [422, 'This Idempotency-Key was used for another request'],
  precondition_required: [428, 'If-Match is needed'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'Something went wrong here'],
  unavailable: [503, 'A part that is needed does not answer'],
  overloaded: [503, 'Too many requests at once'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>;

export type ProblemKind = keyof typeof problemKinds;

export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Names the kind of problem, for programs.' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'What is wrong with this request, and what to do, for people.' }),
    instance: z.string().meta({ description: 'The path that was asked for.' }),
    code: z.enum(Object.keys(problemKinds) as [ProblemKind, ...ProblemKind[]]),
    request_id: z.string().meta({ description: 'Also in the log of the API.' }),
    errors: z
      .array(
        z.object({
          in: z.enum(['body', 'query', 'path', 'headers']),
          pointer: z.string().meta({ description: 'JSON Pointer (RFC 6901).' }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

export const problemMediaType = 'application/problem+json';

interface ProblemExtras {
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the answer. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Thrown to end a request with such an answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(kind: ProblemKind, detail: string, { headers = {}, members = {}, cause }: ProblemExtras = {}) {
    super(detail, { cause });
    this.kind = kind;
    this.headers = headers;
    this.members = members;
  }

  get status(): number {
    return problemKinds[this.kind][0];
  }
}

export function problemBody(
  { kind, message, members }: Problem,
  { url, id }: Pick<FastifyRequest, 'url' | 'id'>,
): Readonly<Record<string, unknown>> {
  const [status, title] = problemKinds[kind];
  return {
    type: `urn:charlie-reporting:problem:${kind}`,
    title,
    status,
    detail: message,
    instance: url.replace(/\?.*$/s, ''),
    code: kind,
    request_id: id,
    ...members,
  };
}

/** As text, so that no schema of a route is asked about it. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ 'x-request-id': request.id, ...problem.headers })
    .type(problemMediaType)
    .send(Buffer.from(JSON.stringify(problemBody(problem, request))));
}
