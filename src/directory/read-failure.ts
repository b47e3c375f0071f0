import { PathNotFound, PathUnreadable } from './errors.ts';

/** The error of this source for one of the operating system's about a path that was to be read. */
export function readFailure(path: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  return code === 'ENOENT' || code === 'ENOTDIR' ? new PathNotFound(path) : new PathUnreadable(path, code);
}
