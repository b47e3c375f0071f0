import type {
  ScheduleClient,
  ScheduleDescription,
  ScheduleExecutionResult,
  ScheduleOverlapPolicy,
} from '@temporalio/client';

import type { Declaration, JobDefinition, JobKind, JobOrigin, Overlap } from '../domain/job.ts';
import { fewAtOnce } from '../temporal/few-at-once.ts';
import { startsText } from './cadence-text.ts';
import { JobNotFound } from './job-not-found.ts';
import { jobWorkflows, overlapPolicies, timing } from './job-schedule.ts';
import {
  type Difference,
  dueText,
  gapDaysDiffer,
  timeLimitDifferences,
  timingDifferences,
} from './schedule-differences.ts';
import { never } from './schedule-spec.ts';
import { readSchedule, versionOf } from './schedule-store.ts';
import { zoneOfSpec } from './spec-cadences.ts';

/** A job as it stands in Temporal now, which is the only place that knows. */
export interface JobView {
  readonly id: string;
  /** `temporal`: a person made it there, or has taken its definition away. */
  readonly origin: JobOrigin | 'temporal';
  /** As it was declared; null for those that a person made in Temporal. */
  readonly definition: JobDefinition | null;
  /** In which a person has changed the schedule in Temporal since; what follows is as it is now. */
  readonly changed: readonly Difference[];
  readonly kind: JobKind | null;
  readonly workflowType: string;
  /** For people: `every hour`, `after sync`. */
  readonly cadence: string;
  /** The job that it is chained after; null: it is not. */
  readonly after: AwaitedJob | null;
  readonly timezone: string;
  /** Null: a policy that only Temporal has. */
  readonly overlap: Overlap | null;
  readonly catchupMinutes: number;
  /** Null: there is none. */
  readonly runTimeoutMinutes: number | null;
  readonly paused: boolean;
  readonly note: string;
  /** ISO 8601, at most ten, the first first. */
  readonly nextFires: readonly string[];
  readonly running: readonly RunRef[];
  /** The last ten that were started, the newest first. */
  readonly recent: readonly RecentRun[];
  readonly counters: JobCounters;
  readonly createdAt: string;
  readonly updatedAt: string | null;
  /** Changes with every change of the schedule, whoever makes it; may stand in an ETag. */
  readonly version: string;
}

export interface AwaitedJob {
  readonly job: string;
  /** It was deleted since: nothing starts this one after it until it is made again. */
  readonly isGone: boolean;
}

export interface RunRef {
  readonly workflowId: string;
  readonly runId: string;
}

export interface RecentRun extends RunRef {
  /** The time that the run stands for; ISO 8601. */
  readonly nominalTime: string;
  readonly startedAt: string;
}

/** Since the schedule was made. */
export interface JobCounters {
  readonly started: number;
  /** A run was under way. */
  readonly skippedOverlap: number;
  /** No server was there within the catch-up time. */
  readonly missedCatchup: number;
  /** Wait for their turn now. */
  readonly buffered: number;
  readonly droppedFromBuffer: number;
}

/** All jobs of the namespace, by id. Temporal's list is some tenths of a second behind: a job that was just made may be missing. */
export async function listJobs(client: ScheduleClient): Promise<JobView[]> {
  return describeJobs(client, await jobIds(client));
}

/** Those of these that there still are. */
export async function describeJobs(client: ScheduleClient, ids: readonly string[]): Promise<JobView[]> {
  return (await fewAtOnce(ids, (id) => viewOrNone(client, id))).flat();
}

/** Throws JobNotFound, also for a schedule that starts something else than our workflows. */
export async function describeJob(client: ScheduleClient, id: string): Promise<JobView> {
  const description = await readJob(client, id);
  const after = declarationOf(description)?.definition.chain?.after ?? null;
  if (after === null) return jobView(description, null);
  return jobView(description, { job: after, isGone: !(await isThere(client, after)) });
}

/** The schedule of a job. Throws JobNotFound, also for one that starts something else than our workflows. */
export async function readJob(client: ScheduleClient, id: string): Promise<ScheduleDescription> {
  const description = await readSchedule(client, id);
  if (!jobWorkflows.includes(description.action.workflowType)) throw new JobNotFound(id);
  return description;
}

export async function jobIds(client: ScheduleClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, action } of client.list())
    if (action !== undefined && jobWorkflows.includes(action.workflowType)) ids.push(scheduleId);
  return ids.sort();
}

/** What the schedule's runs are told it was declared as; null when they are told nothing. */
export function declarationOf({ action }: Pick<ScheduleDescription, 'action'>): Declaration | null {
  const declaration: unknown = action.args?.[1];
  const isOne = typeof declaration === 'object' && declaration !== null && 'definition' in declaration;
  return isOne ? (declaration as Declaration) : null;
}

function jobView(description: ScheduleDescription, after: JobView['after']): JobView {
  const { scheduleId, spec, action, policies, state, info } = description;
  const declaration = declarationOf(description);
  const definition = declaration?.definition ?? null;
  return {
    id: scheduleId,
    origin: declaration?.origin ?? 'temporal',
    definition,
    changed: definition === null ? [] : changesByHand(description, definition),
    kind: definition?.kind ?? null,
    workflowType: action.workflowType,
    cadence: definition === null ? dueText(spec) : startsText(dueText(spec), definition),
    after,
    timezone: zoneOfSpec(spec),
    overlap: overlapOf(policies.overlap),
    catchupMinutes: policies.catchupWindow / 60_000,
    runTimeoutMinutes: minutes(action.workflowRunTimeout),
    paused: state.paused,
    note: state.note ?? '',
    nextFires: info.nextActionTimes
      .filter((each) => each.getTime() < never)
      .map((each) => each.toISOString()),
    running: info.runningActions.map(({ workflow }) => runRef(workflow)),
    recent: info.recentActions.map(recentRun).reverse(),
    counters: countersOf(description),
    createdAt: info.createdAt.toISOString(),
    updatedAt: info.lastUpdatedAt?.toISOString() ?? null,
    version: versionOf(description),
  };
}

/** Days when clocks change come by themselves, with the years. */
function changesByHand(description: ScheduleDescription, definition: JobDefinition): Difference[] {
  return [
    ...timingDifferences(description, timing(definition)).filter(({ what }) => what !== gapDaysDiffer),
    ...timeLimitDifferences(description, definition.runTimeoutMinutes * 60_000),
  ];
}

function overlapOf(policy: ScheduleOverlapPolicy): Overlap | null {
  const known = ['skip', 'queue', 'allow'] as const;
  return known.find((each) => overlapPolicies[each] === policy) ?? null;
}

function countersOf({ info, raw }: ScheduleDescription): JobCounters {
  return {
    started: info.numActionsTaken,
    skippedOverlap: info.numActionsSkippedOverlap,
    missedCatchup: info.numActionsMissedCatchupWindow,
    buffered: Number(raw.info?.bufferSize ?? 0),
    droppedFromBuffer: Number(raw.info?.bufferDropped ?? 0),
  };
}

async function isThere(client: ScheduleClient, id: string): Promise<boolean> {
  try {
    await readSchedule(client, id);
    return true;
  } catch (error) {
    if (error instanceof JobNotFound) return false;
    throw error;
  }
}

/** None: it was deleted meanwhile. */
async function viewOrNone(client: ScheduleClient, id: string): Promise<JobView[]> {
  try {
    return [await describeJob(client, id)];
  } catch (error) {
    if (error instanceof JobNotFound) return [];
    throw error;
  }
}

function runRef(workflow: { workflowId: string; firstExecutionRunId: string }): RunRef {
  return { workflowId: workflow.workflowId, runId: workflow.firstExecutionRunId };
}

function recentRun({ scheduledAt, takenAt, action }: ScheduleExecutionResult): RecentRun {
  return {
    ...runRef(action.workflow),
    nominalTime: (slotIn(action.workflow.workflowId) ?? scheduledAt).toISOString(),
    startedAt: takenAt.toISOString(),
  };
}

/** The id of a scheduled run ends in its slot, and what the server says of it has the jitter. Null: it does not. */
function slotIn(workflowId: string): Date | null {
  const [slot = ''] = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.exec(workflowId) ?? [];
  const time = new Date(slot);
  return Number.isNaN(time.getTime()) ? null : time;
}

function minutes(ms: unknown): number | null {
  return typeof ms === 'number' && ms > 0 ? ms / 60_000 : null;
}
