/**
 * The claims that a 401 demands of the next token, as JSON; null when it demands none. So does Graph when the token was
 * revoked before its time (continuous access evaluation).
 */
export function claimsChallenge(response: Pick<Response, 'status' | 'headers'>): string | null {
  const challenge = response.headers.get('www-authenticate') ?? '';
  if (response.status !== 401 || !/\berror="insufficient_claims"/.test(challenge)) return null;
  const claims = Buffer.from(/\bclaims="([^"]+)"/.exec(challenge)?.[1] ?? '', 'base64').toString();
  return isJsonObject(claims) ? claims : null;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
