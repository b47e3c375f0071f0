import type { FastifyRequest } from 'fastify';

import { recordAudit } from '../database/queries/api-audit.ts';
import { principalOf } from './access.ts';
import type { ApiParts } from './api.ts';

/** Keeps who changed something, or was refused. An entry that cannot be written is in the log alone. */
export async function audit(
  { sql, logger }: Pick<ApiParts, 'sql' | 'logger'>,
  request: FastifyRequest,
  status: number,
): Promise<void> {
  const { method, url, id, ip } = request;
  const isRefused = status === 401 || status === 403;
  const isChange = !['GET', 'HEAD'].includes(method) && status < 400;
  if (!isRefused && !isChange) return;
  const { id: principal, name } = principalOf(request);
  const entry = {
    actor: status === 401 ? 'unknown' : name,
    tokenId: principal === 'anonymous' ? null : principal,
    address: ip,
    requestId: id,
    method,
    path: url.replace(/\?.*$/s, '').slice(0, 500),
    status,
  };
  try {
    await recordAudit(sql, entry);
  } catch (error) {
    logger.error({ stage: 'api', ...entry, error }, 'Audit entry not written');
  }
}
