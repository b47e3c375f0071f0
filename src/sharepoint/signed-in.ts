/** What a token says of itself. To a client it is opaque: this is for people, and nothing is decided by it. */
export interface SignedIn {
  /** Application permissions with consent, such as `Sites.Selected`; null when the token does not say. */
  readonly roles: readonly string[] | null;
  /** Of the application or of the managed identity; null when the token does not say. */
  readonly clientId: string | null;
  /** ISO 8601 in UTC; null when the token does not say. */
  readonly expiresAt: string | null;
}

export function describeToken(token: string): SignedIn {
  const { roles, appid, exp } = claimsOf(token);
  return {
    roles: Array.isArray(roles) ? roles.map(String) : appid === undefined ? null : [],
    clientId: typeof appid === 'string' ? appid : null,
    expiresAt: typeof exp === 'number' ? new Date(exp * 1000).toISOString() : null,
  };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
