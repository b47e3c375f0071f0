import { createHash, timingSafeEqual } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import type { Sql } from '../database/connection.ts';
import { findToken, noteTokenUse } from '../database/queries/api-tokens.ts';
import { isLoopback } from '../domain/is-loopback.ts';
import { mayActAs, type Role } from '../domain/role.ts';
import type { ApiSettings } from '../settings/settings.ts';
import { Problem } from './problem.ts';
import { parseToken } from './token-text.ts';

/** Whom a route serves: everybody, or who has at least this role. */
export type Access = 'public' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** Who asks. */
export interface Principal {
  /** Id of the token; `anonymous` without one. */
  readonly id: string;
  /** For people, in the ledger and in the audit log. */
  readonly name: string;
  readonly role: Role;
}

const anonymous: Principal = { id: 'anonymous', name: 'anonymous', role: 'admin' };

const principals = new WeakMap<FastifyRequest, Principal>();

/** Of a request that was let in. */
export function principalOf(request: FastifyRequest): Principal {
  return principals.get(request) ?? anonymous;
}

/** Throws a Problem unless the request brings a valid token, or needs none; who asks is known from then on. */
export async function authenticate(
  sql: Sql,
  { requireToken }: ApiSettings,
  request: FastifyRequest,
): Promise<void> {
  const given = request.headers.authorization;
  if (given !== undefined) principals.set(request, await holder(sql, given));
  else if (requireToken) throw unauthorized('Bring one: Authorization: Bearer chr_…');
  else assertFromHere(request);
}

/** Throws a Problem when whoever asks may not use the route. */
export function authorize(request: FastifyRequest, needed: Role): void {
  const { role, name } = principalOf(request);
  if (!mayActAs(role, needed))
    throw new Problem('forbidden', `"${name}" has the role ${role}; this needs ${needed}.`);
}

async function holder(sql: Sql, authorization: string): Promise<Principal> {
  const token = parseToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
  if (token === null) throw unauthorized('What was brought is no token of ours.', 'invalid_token');
  const held = await findToken(sql, token.id);
  const isRight =
    held !== undefined &&
    timingSafeEqual(
      Buffer.from(held.secretSha256, 'hex'),
      createHash('sha256').update(token.secret).digest(),
    );
  if (!isRight) throw unauthorized('The token is unknown, has expired, or was revoked.', 'invalid_token');
  await noteTokenUse(sql, token.id);
  return { id: token.id, name: held.name, role: held.role };
}

function unauthorized(detail: string, error?: string): Problem {
  const challenge = `Bearer realm="charlie-reporting"${error === undefined ? '' : `, error="${error}"`}`;
  return new Problem('unauthorized', detail, { headers: { 'www-authenticate': challenge } });
}

/** What proxies say of whom they ask for. */
const passedOn = /^(?:forwarded|via|x-real-ip|x-forwarded-.*)$/;

/**
 * A page that a browser of this machine shows must not act in its user's name, be it by a form or by a host name that leads here; nor may
 * everybody whom a proxy of this machine lets in.
 */
function assertFromHere({ headers, hostname }: FastifyRequest): void {
  const isForeign = headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site';
  const isPassedOn = Object.keys(headers).some((name) => passedOn.test(name));
  if (isForeign || isPassedOn || !isLoopback(hostname))
    throw new Problem(
      'forbidden',
      'Without a token only programs of this machine are served, by its address and through no proxy. Behind one set api.require_token = true.',
    );
}
