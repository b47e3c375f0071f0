import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import {
  encodeScheduleOverlapPolicy,
  type ScheduleClient,
  type ScheduleDescription,
  type ScheduleOverlapPolicy,
} from '@temporalio/client';
import proto from '@temporalio/proto';

import type { Cadence } from '../domain/job.ts';
import { isDueAt } from './fires.ts';
import { unlessDeleted } from './job-not-found.ts';
import { readJob } from './read-jobs.ts';
import { readSchedule } from './schedule-store.ts';

const { Timestamp } = proto.google.protobuf;

export type Triggered =
  | { readonly outcome: 'started'; readonly workflowId: string; readonly runId: string }
  /** The overlap policy refused it; `running` is the run in its way, null when that has ended meanwhile. */
  | { readonly outcome: 'skipped'; readonly running: string | null };

/** The run that a trigger is about to start. */
export interface ChosenRun {
  readonly job: string;
  readonly workflowId: string;
  readonly workflowType: string;
}

export interface TriggerHow {
  /** Beside a run that is under way. */
  readonly force: boolean;
  /** Called before the run is started; what it throws keeps it from that. */
  readonly prepare?: (run: ChosenRun) => Promise<void>;
}

/** How often the schedule is asked what became of the trigger; the server answers from memory in a few milliseconds. */
const askEveryMs = 100;

/**
 * Starts the job now, whether or not it is paused, under its own overlap policy; `force` runs beside a run that is
 * under way. Under the policy `queue` it waits for its turn. Whoever asks in the same second gets the same run.
 * Throws JobNotFound, also for a schedule that starts something else than our workflows, and what `prepare` does.
 */
export async function triggerJob(
  client: ScheduleClient,
  job: string,
  { force, prepare }: TriggerHow,
): Promise<Triggered> {
  const { before, second } = await freeSecond(client, job);
  const { workflowId, workflowType } = before.action;
  await prepare?.({ job, workflowType, workflowId: idOfSecond(workflowId, second) });
  const overlap = force ? 'ALLOW_ALL' : before.policies.overlap;
  await triggerAt(client, job, { second, overlap });
  const isRefusable = mayBeSkipped(before, overlap);
  for (;;) {
    const now = await readSchedule(client, job);
    const run = runOfSecond(now, second);
    if (run !== undefined) return { outcome: 'started', ...run };
    const isSkipped = now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap;
    // Somebody else's start may have come between, so that ours was dropped: then it does not wait either.
    if (isSkipped && (isRefusable || waiting(now) === 0))
      return { outcome: 'skipped', running: running(now) };
    await setTimeout(askEveryMs);
  }
}

/** Whether the server may drop a trigger: that others were skipped since tells nothing of one that waits alone. */
export function mayBeSkipped(
  { raw }: Pick<ScheduleDescription, 'raw'>,
  overlap: ScheduleOverlapPolicy,
): boolean {
  return overlap === 'SKIP' || (overlap === 'BUFFER_ONE' && waiting({ raw }) > 0);
}

/** How many starts wait for their turn. */
export function waiting({ raw }: Pick<ScheduleDescription, 'raw'>): number {
  return Number(raw.info?.bufferSize ?? 0);
}

/** A job that is due each second has no other. */
export const secondsAvoided = 3;

/** A tick would have the id of a run that is triggered in its second, with what was asked of that one alone. */
export function isTickOf({ action }: ScheduleDescription, second: number): boolean {
  const [input] = (action.args ?? []) as readonly ({ readonly cadences?: readonly Cadence[] } | null)[];
  return isDueAt(input?.cadences ?? [], new Date(second * 1000));
}

/**
 * The id of a run ends in the second that it stands for, and the server (1.31) drops in silence a trigger whose id was
 * given before. So ours names its second, and waits for the next one when a run of this one is there already.
 */
async function freeSecond(
  client: ScheduleClient,
  job: string,
): Promise<{ before: ScheduleDescription; second: number }> {
  for (let avoided = 0; ; avoided++) {
    const before = await readJob(client, job);
    const now = Date.now();
    const second = Math.floor(now / 1000);
    const isTicks = avoided < secondsAvoided && isTickOf(before, second);
    if (!isTicks && runOfSecond(before, second) === undefined) return { before, second };
    await setTimeout((second + 1) * 1000 - now);
  }
}

/** What the server makes of the id that a schedule has for its runs. */
export function idOfSecond(workflowId: string, second: number): string {
  return `${workflowId}-${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
}

/**
 * The SDK's own `trigger` cannot name the time. The server does nothing when it has got this `requestId` before. Throws
 * JobNotFound.
 */
export async function triggerAt(
  client: ScheduleClient,
  job: string,
  {
    second,
    overlap,
    requestId = randomUUID(),
  }: { readonly second: number; readonly overlap: ScheduleOverlapPolicy; readonly requestId?: string },
): Promise<void> {
  const asking = client.workflowService.patchSchedule({
    namespace: client.options.namespace,
    scheduleId: job,
    requestId,
    patch: {
      triggerImmediately: {
        overlapPolicy: encodeScheduleOverlapPolicy(overlap) ?? null,
        scheduledTime: Timestamp.fromObject({ seconds: second }),
      },
    },
  });
  await unlessDeleted(job, asking);
}

function runOfSecond(
  { info }: ScheduleDescription,
  second: number,
): { workflowId: string; runId: string } | undefined {
  const found = info.recentActions.find(
    ({ scheduledAt }) => Math.floor(scheduledAt.getTime() / 1000) === second,
  );
  if (found === undefined) return undefined;
  const { workflowId, firstExecutionRunId } = found.action.workflow;
  return { workflowId, runId: firstExecutionRunId };
}

function running(schedule: ScheduleDescription): string | null {
  return schedule.info.runningActions[0]?.workflow.workflowId ?? null;
}
