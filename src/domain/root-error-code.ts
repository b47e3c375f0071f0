/** Node's, undici's or OpenSSL's code of what is at the root: fetch wraps the failure of the connection in a TypeError. */
export function rootErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.cause instanceof Error) return rootErrorCode(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
