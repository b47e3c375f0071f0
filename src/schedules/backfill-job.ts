import { randomUUID } from 'node:crypto';

import { encodeScheduleOverlapPolicy, type ScheduleClient } from '@temporalio/client';
import proto from '@temporalio/proto';

import { unlessDeleted } from './job-not-found.ts';
import { type PreviewedFire, previewTimes } from './preview-job.ts';
import { describeJob, type JobView } from './read-jobs.ts';
import { readSchedule } from './schedule-store.ts';
import { specCadences } from './spec-cadences.ts';

const { Timestamp } = proto.google.protobuf;

/** A schedule holds a thousand starts that wait; some are left for its own ticks. */
const maxSlots = 900;

/** Thrown when a backfill has more slots than a schedule can hold at once. Nothing was started. */
export class BackfillTooLong extends Error {
  override readonly name = 'BackfillTooLong';
  readonly job: string;
  readonly slots: number;

  constructor(job: string, slots: number) {
    super(
      `The job ${JSON.stringify(job)} has ${slots} slots in that time, and a backfill takes ${maxSlots} at most. Split the time.`,
    );
    this.job = job;
    this.slots = slots;
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

export interface TimeRange {
  /** Both belong to it. */
  readonly from: Date;
  readonly to: Date;
}

/** Those that a backfill would run. Throws JobNotFound and BackfillNotPast. */
export async function backfillSlots(
  client: ScheduleClient,
  id: string,
  range: TimeRange,
): Promise<PreviewedFire[]> {
  const slots = await slotsWithin(client, id, range);
  if (range.to.getTime() > Date.now()) throw new BackfillNotPast(id, range.to);
  return slots;
}

/** The slots of a job by the server's own reckoning, in order. Throws JobNotFound. */
export async function slotsWithin(
  client: ScheduleClient,
  id: string,
  range: TimeRange,
): Promise<PreviewedFire[]> {
  const view = await describeJob(client, id);
  const times = await unlessDeleted(id, matchingTimes(client, id, range));
  return previewTimes(await cadencesOf(client, view), view.timezone, times);
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
): Promise<PreviewedFire[]> {
  const slots = await backfillSlots(client, id, range);
  const [first, last] = [slots[0], slots.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (slots.length > maxSlots) throw new BackfillTooLong(id, slots.length);
  const overlapPolicy = encodeScheduleOverlapPolicy(allow ? 'ALLOW_ALL' : 'BUFFER_ALL') ?? null;
  // Servers do not agree whether the first instant belongs to it.
  const startTime = timestamp(new Date(Date.parse(first.at) - 1));
  const asking = client.workflowService.patchSchedule({
    namespace: client.options.namespace,
    scheduleId: id,
    requestId,
    patch: { backfillRequest: [{ startTime, endTime: timestamp(new Date(last.at)), overlapPolicy }] },
  });
  await unlessDeleted(id, asking);
  return slots;
}

async function matchingTimes(client: ScheduleClient, id: string, { from, to }: TimeRange): Promise<Date[]> {
  const asking = client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: id,
    startTime: timestamp(new Date(from.getTime() - 1)),
    endTime: timestamp(to),
  });
  const { startTime } = await unlessDeleted(id, asking);
  return startTime
    .map(({ seconds, nanos }) => new Date(Number(seconds) * 1000 + (nanos ?? 0) / 1e6))
    .filter((time) => time >= from && time <= to);
}

function timestamp(time: Date): proto.google.protobuf.ITimestamp {
  const seconds = Math.floor(time.getTime() / 1000);
  return Timestamp.fromObject({ seconds, nanos: (time.getTime() - seconds * 1000) * 1e6 });
}

/** Those that runs are told, by which they end at once in a repeated hour; of a schedule that is not ours, what it says. */
async function cadencesOf(client: ScheduleClient, { id, definition }: JobView) {
  if (definition !== null) return definition.cadences;
  return specCadences((await readSchedule(client, id)).spec);
}
