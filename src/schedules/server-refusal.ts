import { isGrpcServiceError, ServiceError } from '@temporalio/client';

import { JobRefused } from './check-job.ts';
import { attributesMissing } from './search-attributes-missing.ts';

/** What the server refuses of a job, in our terms, such as a zone that it does not know; any other error as it is. */
export function serverRefusal(job: string, error: unknown): unknown {
  const missing = attributesMissing(error);
  if (missing !== null) return missing;
  const cause = error instanceof ServiceError ? error.cause : error;
  const isRefused = isGrpcServiceError(cause) && refused.has(cause.code);
  return isRefused ? refusedByServer(job, cause.details, error) : error;
}

/** `said`: the server's own words. */
export function refusedByServer(job: string, said: string, cause: unknown): JobRefused {
  const key = /time ?zone/i.test(said) ? 'timezone' : 'schedule';
  return new JobRefused(job, [{ key, message: `is refused by the Temporal server: ${said}` }], { cause });
}

const refused: ReadonlySet<unknown> = new Set([3 /* INVALID_ARGUMENT */]);
