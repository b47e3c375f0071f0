import type { ScheduleDescription, ScheduleSpecDescription } from '@temporalio/client';
import { decodeScheduleSpec, encodeScheduleSpec } from '@temporalio/client/lib/schedule-helpers.js';

import { durationWords } from '../domain/duration.ts';
import { isTable, type Table } from '../settings/table.ts';
import { cadenceText } from './cadence-text.ts';
import { afterAttribute } from './find-followers.ts';
import type { Job } from './job-schedule.ts';
import { isGapEntry, isMomentEntry, never } from './schedule-spec.ts';
import { intervalCadence, specCadences, timesOf, zoneOfSpec } from './spec-cadences.ts';

/** One thing in which a schedule is not what its job asks for; both sides are for people. */
export interface Difference {
  readonly what: string;
  readonly now: string;
  readonly wanted: string;
}

/** The one difference that comes by itself, with the years. */
export const gapDaysDiffer = 'days when clocks change';

/** The one difference that a change leaves for a moment: the server writes search attributes after the rest. */
export const foundAfterDiffers = 'found as following';

type Timing = Pick<Job['schedule'], 'spec' | 'policies'>;

/** Of the whole schedule, but for its state, which is the operator's. */
export function scheduleDifferences(current: ScheduleDescription, wanted: Job['schedule']): Difference[] {
  const { action } = wanted;
  return [
    ...timingDifferences(current, wanted),
    ...differing('starts', current.action.workflowType, String(action.workflowType)),
    ...differing('task queue', current.action.taskQueue, action.taskQueue),
    ...timeLimitDifferences(current, action.workflowRunTimeout),
    ...argumentDifferences(current.action.args ?? [], action.args ?? []),
    ...differing('summary', current.action.staticSummary ?? '', action.staticSummary ?? ''),
    ...differing('run ids', current.action.workflowId, action.workflowId ?? ''),
    ...differing(foundAfterDiffers, afterOf(current), wanted.after ?? 'nothing'),
  ];
}

function afterOf({ typedSearchAttributes }: ScheduleDescription): string {
  return typedSearchAttributes.get(afterAttribute) ?? 'nothing';
}

/** Of what the definition alone says. */
export function timingDifferences(current: ScheduleDescription, wanted: Timing): Difference[] {
  const spec = decodeScheduleSpec(encodeScheduleSpec(wanted.spec));
  return [
    ...dueDifferences(current.spec, spec),
    ...gapDifferences(current.spec, spec),
    ...differing('jitter', words(current.spec.jitter), words(spec.jitter)),
    ...differing('overlap', String(current.policies.overlap), String(wanted.policies.overlap)),
    ...differing('catch-up', words(current.policies.catchupWindow), words(wanted.policies.catchupWindow)),
    ...differing(
      'pause on failure',
      yesNo(current.policies.pauseOnFailure),
      yesNo(wanted.policies.pauseOnFailure),
    ),
  ];
}

export function timeLimitDifferences({ action }: ScheduleDescription, wantedMs: unknown): Difference[] {
  return differing('time limit of a run', words(action.workflowRunTimeout), words(wantedMs));
}

function dueDifferences(now: ScheduleSpecDescription, wanted: ScheduleSpecDescription): Difference[] {
  if (canonical(due(now)) === canonical(due(wanted))) return [];
  return [{ what: 'due', now: dueText(now), wanted: dueText(wanted) }];
}

/** For people: when runs start, whoever wrote the schedule. */
export function dueText(spec: ScheduleSpecDescription): string {
  const exceptions = [
    (spec.skip ?? []).length > 0 ? 'with exceptions' : null,
    spec.startAt === undefined ? null : `from ${spec.startAt.toISOString()}`,
    spec.endAt === undefined ? null : `until ${spec.endAt.toISOString()}`,
  ].filter((each) => each !== null);
  return [cadenceText(specCadences(spec)), ...exceptions].join(', ');
}

/** The fields as sets: a server writes ranges as it likes. */
function due({ calendars = [], intervals = [], skip = [], ...spec }: ScheduleSpecDescription): unknown {
  const sets = (entries: typeof calendars) => entries.map((each) => canonical(timesOf(each))).sort();
  return {
    timezone: zoneOfSpec(spec),
    calendars: sets(calendars.filter((each) => !isGapEntry(each))),
    intervals: intervals
      .filter((each) => !isMomentEntry(each))
      .map((each) => canonical(intervalCadence(each)))
      .sort(),
    skip: sets(skip),
    startAt: spec.startAt?.toISOString(),
    endAt: spec.endAt?.toISOString(),
  };
}

function gapDifferences(now: ScheduleSpecDescription, wanted: ScheduleSpecDescription): Difference[] {
  const [has, needs] = [gapDays(now), gapDays(wanted)];
  if (canonical(has) === canonical(needs)) return [];
  const text = (days: readonly string[]) => (days.length === 0 ? 'none' : days.join(', '));
  return [{ what: gapDaysDiffer, now: text(has), wanted: text(needs) }];
}

function gapDays({ calendars = [], intervals = [] }: ScheduleSpecDescription): string[] {
  const twice = intervals
    .filter(isMomentEntry)
    .map(({ every }) => (every === never ? 'never' : new Date(every).toISOString().slice(0, 19)));
  const forward = calendars
    .filter(isGapEntry)
    .map(timesOf)
    .map(({ years, months, daysOfMonth, hours, minutes }) => {
      const [year = 0, month = 1, day = 1] = [years[0], months[0], daysOfMonth[0]];
      return new Date(Date.UTC(year, month - 1, day, hours[0], minutes[0])).toISOString().slice(0, 16);
    });
  return [...forward, ...twice].sort();
}

function argumentDifferences(now: readonly unknown[], wanted: readonly unknown[]): Difference[] {
  const [input, declaration] = [now[0], now[1]];
  return [
    ...fieldDifferences('what a run is given', input, wanted[0]),
    ...fieldDifferences('origin', fieldOf(declaration, 'origin'), fieldOf(wanted[1], 'origin')),
    ...fieldDifferences('definition', fieldOf(declaration, 'definition'), fieldOf(wanted[1], 'definition')),
  ];
}

/** Of two tables only what they differ in. */
function fieldDifferences(what: string, now: unknown, wanted: unknown): Difference[] {
  if (canonical(now) === canonical(wanted)) return [];
  if (!isTable(now) || !isTable(wanted)) return [{ what, now: shortly(now), wanted: shortly(wanted) }];
  const differ = [...new Set([...Object.keys(now), ...Object.keys(wanted)])].filter(
    (name) => canonical(now[name]) !== canonical(wanted[name]),
  );
  const only = (table: Table) => shortly(Object.fromEntries(differ.map((name) => [name, table[name]])));
  return [{ what, now: only(now), wanted: only(wanted) }];
}

function fieldOf(value: unknown, name: string): unknown {
  return isTable(value) ? value[name] : undefined;
}

function differing(what: string, now: string, wanted: string): Difference[] {
  return now === wanted ? [] : [{ what, now, wanted }];
}

function shortly(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function words(ms: unknown): string {
  return typeof ms === 'number' && ms > 0 ? durationWords(ms / 1000) : 'none';
}

function yesNo(value: boolean | undefined): string {
  return value === true ? 'yes' : 'no';
}

/** JSON that is the same for equal values, in whatever order their keys are. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
