import type { Role } from '../../domain/role.ts';
import type { Sql, Transaction } from '../connection.ts';

export interface NewToken {
  readonly tokenId: string;
  readonly name: string;
  readonly role: Role;
  readonly secretSha256: string;
  readonly createdBy: string;
  /** Null: it holds until it is revoked. */
  readonly expiresAt: Date | null;
}

export interface ApiToken extends Omit<NewToken, 'secretSha256'> {
  readonly createdAt: Date;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
}

export async function insertToken(sql: Sql | Transaction, token: NewToken): Promise<ApiToken> {
  const [made] = await sql<[ApiToken]>`
    insert into api_tokens (token_id, name, role, secret_sha256, created_by, expires_at)
    values (${token.tokenId}, ${token.name}, ${token.role}, ${token.secretSha256}, ${token.createdBy}, ${token.expiresAt})
    returning ${columns(sql)}`;
  return made;
}

/** Newest first, also those that hold no more. */
export async function listTokens(sql: Sql): Promise<readonly ApiToken[]> {
  return sql<ApiToken[]>`select ${columns(sql)} from api_tokens order by created_at desc, token_id`;
}

export interface HeldToken {
  readonly name: string;
  readonly role: Role;
  readonly secretSha256: string;
}

/** One that holds now. Undefined: there is none, or it has expired or was revoked. */
export async function findToken(sql: Sql, tokenId: string): Promise<HeldToken | undefined> {
  const [found] = await sql<HeldToken[]>`
    select name, role, secret_sha256 as "secretSha256"
    from api_tokens where token_id = ${tokenId} and revoked_at is null and (expires_at is null or expires_at > now())`;
  return found;
}

/** At most once a minute, so that reading costs no writing. */
export async function noteTokenUse(sql: Sql, tokenId: string): Promise<void> {
  await sql`
    update api_tokens set last_used_at = now()
    where token_id = ${tokenId} and (last_used_at is null or last_used_at < now() - interval '1 minute')`;
}

/** Undefined: there is no such token. One that was revoked before stays as it is. */
export async function revokeToken(
  sql: Sql | Transaction,
  tokenId: string,
  by: string,
): Promise<ApiToken | undefined> {
  const [revoked] = await sql<ApiToken[]>`
    update api_tokens set revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, ${by})
    where token_id = ${tokenId} returning ${columns(sql)}`;
  return revoked;
}

function columns(sql: Sql | Transaction) {
  return sql`token_id as "tokenId", name, role, created_at as "createdAt", created_by as "createdBy",
    expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt", revoked_by as "revokedBy"`;
}
