import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

import { databaseError } from '../database/errors.ts';
import { JobRefused } from '../schedules/check-job.ts';
import { attributesMissing } from '../schedules/search-attributes-missing.ts';
import { Problem, type ProblemKind } from './problem.ts';

/** By the error's class: what our own errors mean for who asks. Their messages name what he has named himself. */
const ours: Readonly<Record<string, ProblemKind>> = {
  FileUnknown: 'not_found',
  RunUnknown: 'not_found',
  JobNotFound: 'not_found',

  FileStateUnfit: 'conflict',
  VersionGone: 'conflict',
  OriginalMissing: 'conflict',
  OriginalChanged: 'conflict',
  RunOver: 'conflict',
  RunUnderWay: 'conflict',
  RunForgotten: 'conflict',
  RunOfCommand: 'conflict',
  RunAskedOtherwise: 'conflict',
  JobExists: 'conflict',
  JobChangedMeanwhile: 'conflict',
  ScheduleOfOthers: 'conflict',
  RunNotBegun: 'conflict',
  BackfillNotPast: 'invalid',
  BackfillTooLong: 'invalid',
  RunConfigUnfit: 'invalid',
  SearchAttributesMissing: 'unavailable',
  NamespaceNotFoundError: 'unavailable',
};

const fromFramework: Readonly<Record<string, ProblemKind>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
};

/**
 * The gRPC codes that are no matter of the request: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL,
 * UNAVAILABLE, UNAUTHENTICATED. The two of access are this API's own, whose key may have expired.
 */
const ofServer: ReadonlySet<unknown> = new Set([1, 2, 4, 7, 8, 10, 13, 14, 16]);

/** The answer to a request that ended with this error. What is not known is a defect, of which the answer tells nothing. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const error = inOurTerms(thrown);
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error);
  if (error instanceof JobRefused) return refused(error);
  if (!(error instanceof Error)) return defect(error);
  const known = ours[error.name];
  if (known !== undefined) return ofOurs(known, error);
  if (/^Database(?:Unavailable|Locked)$/.test(error.name))
    return unavailable('The database does not answer.', error);
  if (error.name.startsWith('Temporal') || ofServer.has(grpcCode(error)))
    return unavailable('The Temporal server does not answer.', error);
  const { code, statusCode = 500 } = error as Partial<FastifyError>;
  // That of a gRPC error is a number.
  if (typeof code === 'string' && code.startsWith('FST_') && statusCode < 500)
    return new Problem(fromFramework[code] ?? 'bad_request', error.message, { cause: error });
  // Of the JSON parser, which has no code.
  if (statusCode === 400) return new Problem('bad_request', 'The body is not JSON.', { cause: error });
  return defect(error);
}

/** What the database says, and the server of attributes that it does not know. */
function inOurTerms(thrown: unknown): unknown {
  const error = databaseError(thrown);
  const isRefused = error instanceof Error && grpcCode(error) === 3 /* INVALID_ARGUMENT */;
  return isRefused ? (attributesMissing(error) ?? error) : error;
}

function ofOurs(kind: ProblemKind, error: Error): Problem {
  // Somebody has to do something about it first.
  const headers: Record<string, string> = kind === 'unavailable' ? { 'retry-after': '60' } : {};
  return new Problem(kind, error.message, { headers, cause: error });
}

function unavailable(detail: string, cause: Error): Problem {
  return new Problem('unavailable', `${detail} Try again.`, { headers: { 'retry-after': '5' }, cause });
}

function defect(cause: unknown): Problem {
  return new Problem('internal', 'The log of the API says more, by this request id.', { cause });
}

const places: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' };

function invalid(error: FastifyError): Problem {
  const { validationContext = 'body' } = error;
  const place = places[validationContext] ?? validationContext;
  const errors = (error.validation ?? []).map(({ instancePath, message = '' }) => ({
    in: place,
    pointer: instancePath,
    detail: message,
  }));
  const [first] = errors;
  const where = first === undefined ? '' : `${first.in}${first.pointer}: ${first.detail}`;
  return new Problem('invalid', where, { members: { errors }, cause: error });
}

function refused(error: JobRefused): Problem {
  const errors = error.problems.map(({ key, message }) => ({
    in: 'body' as const,
    pointer: `/${key}`,
    detail: message,
  }));
  return new Problem('invalid', error.message, { members: { errors }, cause: error });
}

function grpcCode(error: Error): unknown {
  const cause = error.cause ?? error;
  return typeof cause === 'object' && 'code' in cause ? cause.code : undefined;
}
