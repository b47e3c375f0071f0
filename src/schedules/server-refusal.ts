import { isGrpcServiceError, ServiceError } from '@temporalio/client';

import { JobRefused } from './check-job.ts';
import { attributesMissing } from './search-attributes-missing.ts';

/** What the server refuses of a job, in our terms, such as a zone that it does not know; any other error as it is. */
export function serverRefusal(job: string, error: unknown): unknown {
  const missing = attributesMissing(error);
  if (missing !== null) return missing;
  const said = invalidArgument(error);
  if (said === null) return error;
  const key = /time ?zone/i.test(said) ? 'timezone' : 'schedule';
  return new JobRefused(job, [{ key, message: `is refused by the Temporal server: ${said}` }]);
}

/** The server's own words; null: it has refused nothing. */
function invalidArgument(error: unknown): string | null {
  // Of `create` the SDK makes that of a wrong spec.
  if (error instanceof TypeError) return error.message;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && refused.has(cause.code) ? cause.details : null;
}

const refused: ReadonlySet<unknown> = new Set([3 /* INVALID_ARGUMENT */]);
