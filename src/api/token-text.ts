import { createHash, randomBytes } from 'node:crypto';

/** A new token: what its holder keeps, and what is kept of it here. */
export function newToken(): { readonly id: string; readonly text: string; readonly secretSha256: string } {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { id, text: `chr_${id}_${secret}`, secretSha256: createHash('sha256').update(secret).digest('hex') };
}

/** Null: it is none of ours. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | null {
  const [, id, secret] = /^chr_([\da-f]{12})_([\w-]{43})$/.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}
