import { setTimeout } from 'node:timers/promises';

import type { Client, ScheduleDescription, ScheduleOverlapPolicy } from '@temporalio/client';

import { RunAskedOtherwise } from '../runs/errors.ts';
import { describeRun } from '../temporal/describe-run.ts';
import { readJob } from './read-jobs.ts';
import { readSchedule } from './schedule-store.ts';
import {
  type ChosenRun,
  idOfSecond,
  isTickOf,
  mayBeSkipped,
  secondsAvoided,
  type TriggerHow,
  triggerAt,
  waiting,
} from './trigger-job.ts';

export type Claimed =
  | { readonly outcome: 'started'; readonly workflowId: string; readonly runId: string }
  /** It waits for a run that is under way; it will have this id. */
  | { readonly outcome: 'queued'; readonly workflowId: string }
  /** The overlap policy refused it; `running` is the run in its way, null when that has ended meanwhile. */
  | { readonly outcome: 'skipped'; readonly running: string | null };

export interface Claim {
  /** What an earlier attempt of the same request has chosen. */
  readonly workflowId: string | null;
  /** Makes this id the request's alone. Null: another request has it. */
  readonly take: (workflowId: string) => Promise<string | null>;
  /** The id is nobody's again: somebody else wants another run of it. */
  readonly giveUp: () => Promise<void>;
}

/** How often is asked what became of the trigger, and for how long before it counts as queued. */
const askEveryMs = 50;
const askForMs = 3000;

/**
 * As triggerJob, but each request gets a run of its own, and one that is repeated gets the run that it got: the id of the
 * run is chosen before it is started, and the server starts one of an id. Throws JobNotFound, also for a schedule that starts something
 * else than our workflows, and what `prepare` does.
 */
export async function triggerClaimed(
  client: Client,
  job: string,
  { force, claim, prepare }: TriggerHow & { readonly claim: Claim },
): Promise<Claimed> {
  for (let avoided = 0; ; avoided++) {
    const before = await readJob(client.schedule, job);
    const overlap = force ? 'ALLOW_ALL' : before.policies.overlap;
    if (claim.workflowId === null && overlap === 'SKIP') {
      const running = await underWay(client, before);
      if (running !== null) return { outcome: 'skipped', running };
    }
    const now = Date.now();
    const second = Math.floor(now / 1000);
    const isTicks = avoided < secondsAvoided && isTickOf(before, second);
    const wanted = claim.workflowId ?? (isTicks ? null : await takeSecond(client, before, second, claim));
    if (wanted === null) {
      await setTimeout(1000 - (now % 1000));
      continue;
    }
    // One that was just taken has no run.
    const found = claim.workflowId === null ? null : await runIdOf(client, wanted);
    if (found !== null) return { outcome: 'started', workflowId: wanted, runId: found };
    const chosen = { job, workflowType: before.action.workflowType, workflowId: wanted };
    if (prepare !== undefined) await preparing(prepare, chosen, claim);
    return start(client, chosen, { before, overlap, isRepeated: claim.workflowId !== null });
  }
}

interface StartHow {
  readonly before: ScheduleDescription;
  readonly overlap: ScheduleOverlapPolicy;
  readonly isRepeated: boolean;
}

/** Triggers the run, and waits until it is known what becomes of it. */
async function start(
  client: Client,
  { job, workflowId }: ChosenRun,
  { before, overlap, isRepeated }: StartHow,
): Promise<Claimed> {
  // A start that an earlier attempt has left waiting would keep this one out, as if it were somebody else's; or both would run.
  const isKept = overlap === 'BUFFER_ONE' || overlap === 'BUFFER_ALL';
  await triggerAt(client.schedule, job, {
    second: secondOf(workflowId),
    overlap,
    ...(isKept && { requestId: workflowId }),
  });
  const isRefusable = mayBeSkipped(before, overlap);
  const outcome = await outcomeOf(client, job, { workflowId, before, isRefusable });
  return isRepeated && isKept && outcome.outcome === 'queued'
    ? waitingOrSkipped(client, job, outcome)
    : outcome;
}

async function preparing(
  prepare: NonNullable<TriggerHow['prepare']>,
  chosen: ChosenRun,
  claim: Claim,
): Promise<void> {
  try {
    await prepare(chosen);
  } catch (error) {
    if (claim.workflowId === null && error instanceof RunAskedOtherwise) await claim.giveUp();
    throw error;
  }
}

/** Null: the second is some other run's. */
async function takeSecond(
  client: Client,
  { action }: ScheduleDescription,
  second: number,
  { take }: Claim,
): Promise<string | null> {
  const workflowId = idOfSecond(action.workflowId, second);
  return (await runIdOf(client, workflowId)) === null ? take(workflowId) : null;
}

async function outcomeOf(
  client: Client,
  job: string,
  {
    workflowId,
    before,
    isRefusable,
  }: { readonly workflowId: string; readonly before: ScheduleDescription; readonly isRefusable: boolean },
): Promise<Claimed> {
  for (const end = Date.now() + askForMs; Date.now() < end; ) {
    const runId = await runIdOf(client, workflowId);
    if (runId !== null) return { outcome: 'started', workflowId, runId };
    const now = isRefusable ? await readSchedule(client.schedule, job) : before;
    const isSkipped = now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap;
    // Another one may have been skipped because ours has begun.
    if (isSkipped && (await runIdOf(client, workflowId)) === null)
      return { outcome: 'skipped', running: await underWay(client, now) };
    await setTimeout(askEveryMs);
  }
  return { outcome: 'queued', workflowId };
}

/** The start of an earlier attempt may have been dropped, of which nothing tells but that nothing waits. */
async function waitingOrSkipped(
  client: Client,
  job: string,
  queued: Extract<Claimed, { outcome: 'queued' }>,
): Promise<Claimed> {
  const now = await readSchedule(client.schedule, job);
  if (waiting(now) > 0) return queued;
  const runId = await runIdOf(client, queued.workflowId);
  if (runId !== null) return { outcome: 'started', workflowId: queued.workflowId, runId };
  return { outcome: 'skipped', running: await underWay(client, now) };
}

/** A schedule may take a moment to learn that its run has ended. */
async function underWay(client: Client, { info }: ScheduleDescription): Promise<string | null> {
  for (const { workflow } of info.runningActions) {
    const run = await describeRun(client.workflow, workflow.workflowId, workflow.firstExecutionRunId);
    if (run?.status.name === 'RUNNING') return workflow.workflowId;
  }
  return null;
}

async function runIdOf(client: Client, workflowId: string): Promise<string | null> {
  return (await describeRun(client.workflow, workflowId))?.runId ?? null;
}

/** Of an id that takeSecond has made. */
function secondOf(workflowId: string): number {
  return Date.parse(workflowId.slice(-20)) / 1000;
}
