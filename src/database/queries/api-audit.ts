import type { Sql } from '../connection.ts';

export interface AuditEntry {
  /** Name of the token, or who ran the command; `anonymous` without a token. */
  readonly actor: string;
  readonly tokenId: string | null;
  readonly address: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export async function recordAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  await sql`
    insert into api_audit (actor, token_id, address, request_id, method, path, status)
    values (${entry.actor}, ${entry.tokenId}, ${entry.address}, ${entry.requestId}, ${entry.method}, ${entry.path}, ${entry.status})`;
}

/** Newest first; those before this one. */
export async function pageAudit(
  sql: Sql,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<readonly (AuditEntry & { readonly auditId: number; readonly at: Date })[]> {
  return sql<(AuditEntry & { auditId: number; at: Date })[]>`
    select audit_id as "auditId", at, actor, token_id as "tokenId", address, request_id as "requestId", method, path, status
    from api_audit where ${before}::bigint is null or audit_id < ${before} order by audit_id desc limit ${limit}`;
}
