import { randomUUID } from 'node:crypto';

import { encodeScheduleOverlapPolicy, type ScheduleClient } from '@temporalio/client';

import { unlessDeleted } from './job-not-found.ts';
import { type Slots, slotsWithin, type TimeRange, timestamp } from './matching-slots.ts';
import type { PreviewedFire } from './preview-job.ts';

/** A schedule holds a thousand starts that wait; some are left for its own ticks. */
const maxSlots = 900;

/** Thrown when a backfill has more slots than a schedule can hold at once. Nothing was started. */
export class BackfillTooLong extends Error {
  override readonly name = 'BackfillTooLong';
  readonly job: string;

  constructor(job: string) {
    super(
      `The job ${JSON.stringify(job)} has more than ${maxSlots} slots in that time, which is what a backfill takes. Split the time.`,
    );
    this.job = job;
  }
}

/** Thrown when a backfill reaches into the future, whose times the schedule itself will start. Nothing was started. */
export class BackfillNotPast extends Error {
  override readonly name = 'BackfillNotPast';
  readonly job: string;

  constructor(job: string, to: Date) {
    super(
      `A backfill is for times that are over, and ${to.toISOString()} is not: the job ${JSON.stringify(job)} is started for those by its schedule. End it now at the latest.`,
    );
    this.job = job;
  }
}

/** Those that a backfill would run. Throws JobNotFound, BackfillNotPast and BackfillTooLong. */
export async function backfillSlots(client: ScheduleClient, id: string, range: TimeRange): Promise<Slots> {
  const { fires, starts } = await slotsWithin(client, id, range);
  const now = Date.now();
  if (range.to.getTime() > now) throw new BackfillNotPast(id, range.to);
  // Of the last ones the jitter may not be over: the schedule itself will start them.
  const due = starts.filter((start) => start.getTime() <= now);
  if (due.length > maxSlots) throw new BackfillTooLong(id);
  return { fires: fires.slice(0, due.length), starts: due };
}

/**
 * Has the job run for each of these slots, one after the other, or side by side with `allow`; none is dropped, whatever the
 * job's own policy, also while it is paused. A slot that was run before is run again, but not by a request that the server has got
 * before under the same `requestId`. Throws JobNotFound, BackfillNotPast and BackfillTooLong.
 */
export async function backfillJob(
  client: ScheduleClient,
  id: string,
  range: TimeRange,
  { allow, requestId = randomUUID() }: { readonly allow: boolean; readonly requestId?: string },
): Promise<readonly PreviewedFire[]> {
  const { fires, starts } = await backfillSlots(client, id, range);
  const lastStart = starts.at(-1);
  if (lastStart === undefined) return fires;
  const overlapPolicy = encodeScheduleOverlapPolicy(allow ? 'ALLOW_ALL' : 'BUFFER_ALL') ?? null;
  // Servers do not agree whether the first instant belongs to it.
  const startTime = timestamp(new Date(range.from.getTime() - 1));
  const asking = client.workflowService.patchSchedule({
    namespace: client.options.namespace,
    scheduleId: id,
    requestId,
    patch: { backfillRequest: [{ startTime, endTime: timestamp(lastStart), overlapPolicy }] },
  });
  await unlessDeleted(id, asking);
  return fires;
}
