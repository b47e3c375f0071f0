import { isGrpcServiceError, type ScheduleClient, type ScheduleSummary } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';

import { searchAttributes } from '../domain/search-attributes.ts';

export const afterAttribute = defineSearchAttributeKey('CharlieAfter', searchAttributes.CharlieAfter);

/**
 * Ids of the jobs that are chained after this one, in order. Temporal's list is some tenths of a second behind: what was changed just
 * before may be missing, or still there.
 */
export async function followersOf(client: ScheduleClient, job: string): Promise<string[]> {
  const ids: string[] = [];
  try {
    const found: AsyncIterable<ScheduleSummary> = client.list({
      query: `CharlieAfter = ${JSON.stringify(job)}`,
    });
    for await (const { scheduleId } of found) ids.push(scheduleId);
  } catch (error) {
    // A namespace that does not know the attribute has no job with it.
    if (!isInvalidArgument(error)) throw error;
  }
  return ids.sort();
}

function isInvalidArgument(error: unknown): boolean {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(cause) && unknownName.includes(cause.code);
}

/** Status codes of gRPC. */
const unknownName: readonly number[] = [3 /* INVALID_ARGUMENT */];
