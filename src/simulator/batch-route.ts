import type { FastifyInstance, FastifyRequest } from 'fastify';

import { readJson } from './graph-call.ts';
import { GraphError } from './graph-error.ts';
import { checkAccessToken } from './sign-in-routes.ts';
import type { World } from './world.ts';

const mostRequests = 20;

interface Member {
  readonly id: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly dependsOn: readonly string[];
}

interface Answer {
  readonly id: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `$batch`: each member is answered as if it had come alone, also by faults and limits; the envelope is always 200. */
export function addBatchRoute(app: FastifyInstance, world: World): void {
  app.post('/v1.0/$batch', async (request) => {
    checkAccessToken(world, request);
    const answers = new Map<string, Answer>();
    for (const member of inOrder(readMembers(request))) {
      const isHeldUp = member.dependsOn.some((id) => (answers.get(id)?.status ?? 424) >= 400);
      answers.set(member.id, isHeldUp ? failedDependency(member) : await answer(app, request, member));
    }
    return { responses: [...answers.values()] };
  });
}

function readMembers(request: FastifyRequest): Member[] {
  const { requests } = readJson(request);
  if (!Array.isArray(requests) || requests.length === 0)
    throw invalidBatch('The batch has no array of requests.');
  if (requests.length > mostRequests)
    throw invalidBatch(`Number of batch request steps exceeds the maximum value of ${mostRequests}.`);
  const members = requests.map(readMember);
  if (new Set(members.map(({ id }) => id)).size < members.length)
    throw invalidBatch('The batch has requests of the same id.');
  return members;
}

function readMember(value: unknown): Member {
  const { id, method, url, headers = {}, body, dependsOn = [] } = Object(value) as Partial<Member>;
  if (typeof id !== 'string' || typeof method !== 'string' || typeof url !== 'string')
    throw invalidBatch('Each request of a batch needs an id, a method and a url.');
  if (/^https?:/i.test(url) || /^\/?\$batch\b/.test(url))
    throw invalidBatch('The url of a request in a batch is relative, and no batch itself.');
  return { id, method: method.toUpperCase() as Member['method'], url, headers, body, dependsOn };
}

/** Each after those that it depends on. */
function inOrder(members: readonly Member[]): Member[] {
  const ordered = new Map<string, Member>();
  while (ordered.size < members.length) {
    const ready = members.filter(
      ({ id, dependsOn }) => !ordered.has(id) && dependsOn.every((each) => ordered.has(each)),
    );
    if (ready.length === 0)
      throw invalidBatch('The dependencies of the batch are unknown or go in a circle.');
    for (const member of ready) ordered.set(member.id, member);
  }
  return [...ordered.values()];
}

async function answer(app: FastifyInstance, envelope: FastifyRequest, member: Member): Promise<Answer> {
  const response = await app.inject({
    method: member.method,
    url: `/v1.0/${member.url.replace(/^\//, '')}`,
    headers: {
      ...member.headers,
      host: envelope.host,
      authorization: envelope.headers.authorization,
      'user-agent': envelope.headers['user-agent'],
    },
    ...(member.body !== undefined && { payload: payloadOf(member.body) }),
  });
  const { 'content-type': type, 'retry-after': retryAfter, location } = response.headers;
  const isJson = String(type).startsWith('application/json');
  return {
    id: member.id,
    status: response.statusCode,
    headers: headersOf({ 'Content-Type': type, 'Retry-After': retryAfter, Location: location }),
    ...(response.body !== '' && { body: isJson ? response.json<unknown>() : response.body }),
  };
}

/** Objects are JSON, texts the base64 of what JSON cannot hold. */
function payloadOf(body: unknown): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'base64') : Buffer.from(JSON.stringify(body));
}

function headersOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

function failedDependency({ id }: Member): Answer {
  const message = 'The request depends on another one, which failed.';
  return { id, status: 424, body: { error: { code: 'FailedDependency', message } } };
}

function invalidBatch(message: string): GraphError {
  return new GraphError(400, 'BadRequest', `Invalid batch payload format. ${message}`);
}
