import { readFile } from 'node:fs/promises';

import { FederatedTokenUnusable } from './sign-in-errors.ts';

/**
 * The token that an identity provider such as Kubernetes has put into a file. Whether it is genuine is Entra's question.
 * @throws {FederatedTokenUnusable}
 */
export async function readFederatedToken(file: string): Promise<string> {
  const token = (await read(file)).trim();
  if (token === '') throw new FederatedTokenUnusable(file, 'it is empty');
  const expiry = expiryOf(token);
  if (expiry === null)
    throw new FederatedTokenUnusable(file, 'what it holds is no token (three parts with dots between them)');
  if (expiry <= Date.now())
    throw new FederatedTokenUnusable(file, `its token expired at ${new Date(expiry).toISOString()}`);
  return token;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new FederatedTokenUnusable(file, `it cannot be read (${code})`);
  }
}

/** In milliseconds; null when it is no JSON web token with an expiry. */
function expiryOf(token: string): number | null {
  const [, claims, signature, ...rest] = token.split('.');
  if (claims === undefined || signature === undefined || rest.length > 0) return null;
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : null;
  } catch {
    return null;
  }
}
