import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import {
  isGrpcServiceError,
  type ScheduleClient,
  type ScheduleDescription,
  ServiceError,
} from '@temporalio/client';
import {
  compileUpdatedScheduleOptions,
  encodeScheduleAction,
  encodeSchedulePolicies,
  encodeScheduleSpec,
} from '@temporalio/client/lib/schedule-helpers.js';
import { encodeUnifiedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/data-converter-helpers.js';

import type proto from '@temporalio/proto';

import { afterAttribute } from './find-followers.ts';
import { unlessDeleted } from './job-not-found.ts';
import type { Job } from './job-schedule.ts';
import { foundAfterDiffers, scheduleDifferences, timingDifferences } from './schedule-differences.ts';

/** How long the server may take until it shows what was written. */
const patienceMs = 10_000;
const askEveryMs = 50;

export interface PauseState {
  readonly paused: boolean;
  readonly note: string;
}

/** Throws JobNotFound. */
export function readSchedule(client: ScheduleClient, id: string): Promise<ScheduleDescription> {
  return untilAnswered(client, () => unlessDeleted(id, client.getHandle(id).describe()));
}

/** About as long in all as the SDK itself keeps asking a server that is away. */
const [firstAnswerWithinMs, lastAnswerWithinMs] = [2500, 10_000];

/**
 * Who asks about a schedule that is deleted at that moment gets no answer from the server (1.31) for half a minute. Asked
 * again, it says at once that there is none. A server that is merely slow gets twice the time with every question: it
 * would otherwise be kept from answering any by being asked all of them again.
 */
export async function untilAnswered<T>(client: ScheduleClient, ask: () => Promise<T>): Promise<T> {
  for (let withinMs = firstAnswerWithinMs; ; withinMs *= 2) {
    try {
      return await client.withDeadline(Date.now() + withinMs, ask);
    } catch (error) {
      if (withinMs >= lastAnswerWithinMs || !isTooLate(error)) throw error;
    }
  }
}

/** Changes with every change of the schedule, whoever makes it. */
export function versionOf({ raw }: ScheduleDescription): string {
  return Buffer.from(raw.conflictToken ?? []).toString('base64url');
}

/**
 * Writes the schedule in place of the one that was read. False: somebody else has changed it meanwhile, and nothing was
 * written, or what was written is replaced already. The SDK's own update sends no token, and the server drops in silence
 * what comes with an old one: so the schedule is read again afterwards.
 */
export async function writeSchedule(
  client: ScheduleClient,
  read: ScheduleDescription,
  wanted: Job['schedule'],
  state: PauseState,
): Promise<boolean> {
  const schedule = {
    spec: encodeScheduleSpec(wanted.spec),
    action: await encodedAction(client, read, wanted),
    policies: encodeSchedulePolicies(wanted.policies),
    // How many actions remain is kept as it is.
    state: { ...read.raw.schedule?.state, paused: state.paused, notes: state.note },
  };
  const isWritten = (now: ScheduleDescription) => {
    const isState = now.state.paused === state.paused && (now.state.note ?? '') === state.note;
    return isState && scheduleDifferences(now, wanted).every(({ what }) => what === foundAfterDiffers);
  };
  return replace(client, read, { schedule, ...chainedAfter(read, wanted) }, isWritten);
}

/** Writes only when the schedule is due, leaving all else as it is; the same holds for the answer. */
export function writeTiming(
  client: ScheduleClient,
  read: ScheduleDescription,
  wanted: Pick<Job['schedule'], 'spec' | 'policies'>,
): Promise<boolean> {
  const schedule = { ...read.raw.schedule, spec: encodeScheduleSpec(wanted.spec) };
  return replace(client, read, { schedule }, (now) => timingDifferences(now, wanted).length === 0);
}

async function replace(
  client: ScheduleClient,
  read: ScheduleDescription,
  change: Pick<proto.temporal.api.workflowservice.v1.IUpdateScheduleRequest, 'schedule' | 'searchAttributes'>,
  isWritten: (now: ScheduleDescription) => boolean,
): Promise<boolean> {
  const asking = client.workflowService.updateSchedule({
    namespace: client.options.namespace,
    scheduleId: read.scheduleId,
    ...change,
    conflictToken: read.raw.conflictToken ?? null,
    identity: client.options.identity,
    requestId: randomUUID(),
  });
  await unlessDeleted(read.scheduleId, asking);
  const before = versionOf(read);
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    const now = await readSchedule(client, read.scheduleId);
    if (isWritten(now)) return true;
    if (versionOf(now) !== before) return false;
    await setTimeout(askEveryMs);
  }
  return false;
}

function isTooLate(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && tooLate.has(cause.code);
}

/** A server that keeps to the deadline itself may be the first to end the call: CANCELLED, DEADLINE_EXCEEDED. */
const tooLate: ReadonlySet<unknown> = new Set([1, 4]);

/** What others have set stays. Empty while it is as it should be: only a namespace that knows the attribute takes it. */
function chainedAfter(
  { raw, typedSearchAttributes }: ScheduleDescription,
  { after }: Job['schedule'],
): Pick<proto.temporal.api.workflowservice.v1.IUpdateScheduleRequest, 'searchAttributes'> {
  if ((typedSearchAttributes.get(afterAttribute) ?? null) === after) return {};
  const others = Object.entries(raw.searchAttributes?.indexedFields ?? {}).filter(
    ([name]) => name !== afterAttribute.name,
  );
  const ours =
    after === null ? {} : encodeUnifiedSearchAttributes(undefined, [{ key: afterAttribute, value: after }]);
  return { searchAttributes: { indexedFields: { ...Object.fromEntries(others), ...ours } } };
}

async function encodedAction(
  client: ScheduleClient,
  { scheduleId, raw }: ScheduleDescription,
  { spec, policies, action }: Omit<Job['schedule'], 'after'>,
): ReturnType<typeof encodeScheduleAction> {
  const compiled = compileUpdatedScheduleOptions(scheduleId, { spec, policies, action, state: {} });
  const header = raw.schedule?.action?.startWorkflow?.header?.fields ?? {};
  const converter = loadDataConverter();
  return encodeScheduleAction(converter, client.options.namespace, compiled.action, header);
}
