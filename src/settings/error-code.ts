/** `ENOENT` and the like, and never the error's own message, which may quote what was read. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
