import { createHmac, timingSafeEqual } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

/**
 * Compact JSON web tokens. Microsoft signs with RS256; to a client a token is opaque, and here signer and verifier are
 * one, so HS256 does.
 */
export class TokenSigner {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  sign(claims: Claims): string {
    const content = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
    return `${content}.${this.#signature(content).toString('base64url')}`;
  }

  /** Null when it was not signed here. Whether it has expired is the caller's question. */
  verify(token: string): Claims | null {
    const [header, claims, signature, ...rest] = token.split('.');
    if (header === undefined || claims === undefined || signature === undefined || rest.length > 0)
      return null;
    const expected = this.#signature(`${header}.${claims}`);
    const actual = Buffer.from(signature, 'base64url');
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return null;
    return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims;
  }

  #signature(content: string): Buffer {
    return createHmac('sha256', this.#key).update(content).digest();
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
