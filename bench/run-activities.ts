import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type proto from '@temporalio/proto';

export interface RunActivity {
  readonly type: string;
  /** Of the manifest; undefined: the activity is not about one. */
  readonly chunk: number | undefined;
  attempt: number;
  /** Of the last attempt, in milliseconds since 1970. */
  startedAt: number;
  /** Milliseconds since 1970; null: it did not end well. */
  completedAt: number | null;
}

/** The activities of a run that is over, by its history. */
export async function runActivities(run: WorkflowHandle): Promise<RunActivity[]> {
  const { events } = await run.fetchHistory();
  const byEvent = new Map<number, RunActivity>();
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled != null) byEvent.set(Number(event.eventId), scheduledActivity(scheduled));
    const started = event.activityTaskStartedEventAttributes;
    const began = byEvent.get(Number(started?.scheduledEventId));
    if (began !== undefined) {
      began.attempt = started?.attempt ?? 1;
      began.startedAt = milliseconds(event.eventTime);
    }
    const ended = byEvent.get(Number(event.activityTaskCompletedEventAttributes?.scheduledEventId));
    if (ended !== undefined) ended.completedAt = milliseconds(event.eventTime);
  }
  return [...byEvent.values()];
}

type Scheduled = proto.temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

function scheduledActivity({ activityType, input }: Scheduled): RunActivity {
  const [payload] = input?.payloads ?? [];
  const given = payload === undefined ? {} : defaultPayloadConverter.fromPayload<{ chunk?: number }>(payload);
  return { type: activityType?.name ?? '', chunk: given.chunk, attempt: 0, startedAt: 0, completedAt: null };
}

function milliseconds(time: proto.google.protobuf.ITimestamp | null | undefined): number {
  return Number(time?.seconds) * 1000 + (time?.nanos ?? 0) / 1e6;
}
