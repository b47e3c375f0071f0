import { z } from 'zod';

import { pageAudit } from '../../database/queries/api-audit.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { dateTime } from '../fields.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';

const entrySchema = z
  .object({
    audit_id: z.int(),
    at: dateTime,
    actor: z.string(),
    token_id: z.string().nullable(),
    address: z.string(),
    request_id: z.string(),
    method: z.string(),
    path: z.string(),
    status: z.int(),
  })
  .meta({ id: 'AuditEntry' });

const positionSchema = z.tuple([z.int().min(1)]);

export function addAuditRoute(app: Api, { sql }: ApiParts): void {
  app.get(
    '/audit',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'listAudit',
        tags: ['access'],
        summary: 'Who has changed something or was refused, newest first',
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(entrySchema) }),
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const [before = null] = readCursor(cursor, positionSchema) ?? [];
      const entries = await pageAudit(sql, { before, limit: limit + 1 });
      const item = ({ auditId, at, tokenId, requestId, ...entry }: (typeof entries)[number]) => ({
        ...entry,
        audit_id: auditId,
        at: at.toISOString(),
        token_id: tokenId,
        request_id: requestId,
      });
      return page(entries, limit, { item, position: ({ auditId }) => [auditId] }, { request, reply });
    },
  );
}
