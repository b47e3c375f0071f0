import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import proto from '@temporalio/proto';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import type { ReportResult } from '../../workflows/build-report.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';
import { firstHour, type GeneratedFile, hours } from './generated-files.ts';
import { unclaimed } from './truth.ts';
import { until } from './waiting.ts';
import type { WorkerProcess } from './worker-process.ts';

const { EventType } = proto.temporal.api.enums.v1;

/** A pipeline without a worker, whose library holds these files and one that no dataset claims. */
export async function startPipeline(
  files: readonly GeneratedFile[],
  env: Readonly<Record<string, string>> = {},
): Promise<Pipeline> {
  const pipeline = await Pipeline.start({ toml: salesToml, worker: false, env });
  putFiles(pipeline, files);
  pipeline.simulator.library.put(unclaimed, 'of no dataset');
  return pipeline;
}

export function putFiles({ simulator }: Pipeline, files: readonly GeneratedFile[]): void {
  for (const { path, bytes } of files) simulator.library.put(path, bytes);
}

/** A run of the report job, ten minutes after the last hour of the generated rows. */
export async function startReports(pipeline: Pipeline): Promise<WorkflowHandle> {
  const { taskQueue } = pipeline.settings.temporal;
  return pipeline.client.workflow.start('BuildReportWorkflow', {
    workflowId: `report-${taskQueue}`,
    taskQueue,
    args: [{ job: 'hourly-report' }],
    typedSearchAttributes: [
      {
        key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'),
        value: new Date(firstHour + hours * 3_600_000 + 600_000),
      },
    ],
    workflowRunTimeout: '15 minutes',
  });
}

/** The run's result; when it fails, or does not end, the failure tells what the run waited for and what the workers said. */
export async function resultOf<Result = SyncResult | ReportResult>(
  run: WorkflowHandle,
  ...workers: readonly WorkerProcess[]
): Promise<Result> {
  const story = async (): Promise<string> =>
    [...(await storyOf(run)), ...workers.map(({ log }) => log.split('\n').slice(-20).join('\n'))].join('\n');
  const hasEnded = async (): Promise<boolean> => (await run.describe()).status.name !== 'RUNNING';
  await until(`the run ${run.workflowId} has ended`, hasEnded, story, { seconds: 150, intervalMs: 200 });
  try {
    return (await run.result()) as Result;
  } catch (error) {
    if (error instanceof Error) error.message += `\n${await story()}`;
    throw error;
  }
}

async function storyOf(run: WorkflowHandle): Promise<string[]> {
  const { raw } = await run.describe();
  const { events } = await run.fetchHistory();
  return [
    ...(events ?? []).map(
      ({
        eventTime,
        eventType,
        activityTaskScheduledEventAttributes: scheduled,
        activityTaskStartedEventAttributes: started,
      }) =>
        `${new Date(Number(eventTime?.seconds) * 1000).toISOString().slice(11, 19)} ${EventType[eventType ?? 0] ?? ''} ` +
        `${scheduled?.activityType?.name ?? ''}${started?.identity ?? ''} ${started?.attempt ?? ''}`,
    ),
    ...(raw.pendingActivities ?? []).map(
      ({ activityType, attempt, lastFailure, lastWorkerIdentity }) =>
        `pending: ${activityType?.name ?? ''}, attempt ${attempt ?? 0} at ${lastWorkerIdentity ?? 'none'}, ${lastFailure?.message ?? 'no failure before'}`,
    ),
  ];
}

/** How often each activity of this type was tried, by the history of the run, in the order of their starts. */
export async function attemptsOf(run: WorkflowHandle, activity: string): Promise<number[]> {
  return (await startsOf(run, activity)).map(({ attempt }) => attempt ?? 0);
}

/** Why activities of this type were tried again: `ingestFiles, attempt 2: activity Heartbeat timeout`. */
export async function retriesOf(run: WorkflowHandle, activity: string): Promise<string[]> {
  return (await startsOf(run, activity))
    .filter(({ attempt }) => (attempt ?? 0) > 1)
    .map(({ attempt, lastFailure }) => `${activity}, attempt ${attempt ?? 0}: ${lastFailure?.message ?? ''}`);
}

type Started = proto.temporal.api.history.v1.IActivityTaskStartedEventAttributes;

async function startsOf(run: WorkflowHandle, activity: string): Promise<Started[]> {
  const { events } = await run.fetchHistory();
  const scheduled = new Map(
    (events ?? []).map((event) => [
      String(event.eventId),
      event.activityTaskScheduledEventAttributes?.activityType?.name,
    ]),
  );
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started != null && scheduled.get(String(started.scheduledEventId)) === activity ? [started] : [],
  );
}

/** How many files the ledger has ended as ingested. */
export async function ingestedIn({ sql }: Pipeline): Promise<number> {
  const [{ files }] = await sql<[{ files: number }]>`
    select count(*) as files from charlie.ingestion_log where state = 'ingested'`;
  return files;
}
