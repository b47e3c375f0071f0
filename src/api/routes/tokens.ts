import { z } from 'zod';

import { type ApiToken, insertToken, listTokens, revokeToken } from '../../database/queries/api-tokens.ts';
import { roles } from '../../domain/role.ts';
import { principalOf } from '../access.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { dateTime } from '../fields.ts';
import { Problem } from '../problem.ts';
import { newToken } from '../token-text.ts';

const tokenSchema = z
  .object({
    token_id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    created_at: dateTime,
    created_by: z.string(),
    expires_at: dateTime.nullable().meta({ description: 'Null: never.' }),
    last_used_at: dateTime.nullable().meta({ description: 'To the minute.' }),
    revoked_at: dateTime.nullable(),
    revoked_by: z.string().nullable(),
  })
  .meta({ id: 'Token' });

const newTokenSchema = tokenSchema
  .extend({ token: z.string().meta({ description: 'Shown this once: it is kept nowhere.' }) })
  .meta({ id: 'NewToken' });

const mostDays = 3650;

export function addTokenRoutes(app: Api, parts: ApiParts): void {
  addReadAndMake(app, parts);
  addRevoke(app, parts);
}

function addReadAndMake(app: Api, { sql }: ApiParts): void {
  app.get(
    '/tokens',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'listTokens',
        tags: ['access'],
        summary: 'All tokens, newest first, also those that hold no more',
        response: answers({ 200: z.object({ items: z.array(tokenSchema) }) }),
      },
    },
    async () => ({ items: (await listTokens(sql)).map(tokenOf) }),
  );

  app.post(
    '/tokens',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'createToken',
        tags: ['access'],
        summary: 'Make a token',
        body: z
          .strictObject({
            name: z
              .string()
              .regex(/^[ -\uffff]{1,100}$/)
              .meta({ description: 'Who or what it is for.' }),
            role: z.enum(roles),
            expires_in_days: z
              .int()
              .min(1)
              .max(mostDays)
              .nullable()
              .default(90)
              .meta({ description: 'Null: never.' }),
          })
          .meta({ examples: [{ name: 'grafana', role: 'viewer', expires_in_days: 365 }] }),
        response: answers({ 201: newTokenSchema }, 'too_large', 'unsupported_media_type'),
      },
    },
    async (request, reply) => {
      const { name, role, expires_in_days: days } = request.body;
      const { id: tokenId, text, secretSha256 } = newToken();
      const expiresAt = days === null ? null : new Date(Date.now() + days * 86_400_000);
      const createdBy = principalOf(request).name;
      const made = await insertToken(sql, { tokenId, name, role, secretSha256, createdBy, expiresAt });
      return reply.code(201).send({ ...tokenOf(made), token: text });
    },
  );
}

function addRevoke(app: Api, { sql }: ApiParts): void {
  app.delete(
    '/tokens/:token_id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'revokeToken',
        tags: ['access'],
        summary: 'Revoke a token: it holds no more, and stays in the list',
        params: z.object({ token_id: z.string().regex(/^[0-9a-f]{12}$/) }),
        response: answers({ 200: tokenSchema }, 'not_found', 'too_large', 'unsupported_media_type'),
      },
    },
    async (request) => {
      const revoked = await revokeToken(sql, request.params.token_id, principalOf(request).name);
      if (revoked === undefined) throw new Problem('not_found', 'There is no such token.');
      return tokenOf(revoked);
    },
  );
}

function tokenOf(token: ApiToken): z.output<typeof tokenSchema> {
  return {
    token_id: token.tokenId,
    name: token.name,
    role: token.role,
    created_at: token.createdAt.toISOString(),
    created_by: token.createdBy,
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    revoked_at: token.revokedAt?.toISOString() ?? null,
    revoked_by: token.revokedBy,
  };
}
