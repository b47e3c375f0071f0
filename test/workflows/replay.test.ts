import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, test } from 'vitest';

import { workflowBundle } from '../../src/workflow-bundle.ts';
import * as workflows from '../../workflows/index.ts';
import { quietLogger, quietRuntime } from '../support/quiet-logger.ts';
import { historiesDir, refusedDir } from './histories.ts';

beforeAll(() => {
  quietRuntime();
});

const [kept, refused] = await Promise.all([recordedHistories(), historiesIn(refusedDir)]);

test.each(kept)('the workflow code replays $name', async ({ text }) => {
  await replay(text);
});

test.each(refused)('a replay of what other code did is refused: $name', async ({ text }) => {
  await expect(replay(text)).rejects.toThrow(DeterminismViolationError);
});

test('a replay by code from which a patch was removed too early is refused', async () => {
  const { text } = kept.find(({ name }) => name === '2/sync-new-files.json')!;
  // Seen from the history: a patch that the code does not ask for, since it has another name.
  const unknown = text.replaceAll(patchData('own-time-limit'), patchData('removed-patch'));
  expect(unknown).not.toBe(text);

  await expect(replay(unknown)).rejects.toThrow(DeterminismViolationError);
});

/** What the marker of a patch holds. */
function patchData(id: string): string {
  return btoa(JSON.stringify({ id, deprecated: false }));
}

test.each([
  '"EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"',
  '"EVENT_TYPE_WORKFLOW_EXECUTION_FAILED"',
  '"EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED"',
  '"EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED"',
  '"EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT"',
  // Ended itself before that.
  '"type": "RunTimedOut"',
  // Another worker took over.
  '"attempt": 2',
  // No worker took the files where they were.
  '"TIMEOUT_TYPE_SCHEDULE_TO_START"',
  '"WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW"',
  // Clocks were put back.
  '"skipped_dst_fold"',
  '"skipped_no_data"',
  '"name": "startFollowers"',
  // Began long after the time that it stands for.
  '"backfill":true',
])('there is a history with %s', (sign) => {
  expect(kept.filter(({ text }) => decoded(text).includes(sign))).not.toHaveLength(0);
});

test('every workflow has a history, and there is one to refuse', () => {
  const recorded = kept.map(({ text }) => (JSON.parse(text) as RecordedHistory).events[0]);
  const types = recorded.map((start) => start?.workflowExecutionStartedEventAttributes.workflowType.name);
  expect(new Set(types)).toEqual(new Set(Object.keys(workflows)));
  expect(refused).not.toHaveLength(0);
});

test('no history tells of the machine that recorded it', () => {
  for (const { name, text } of [...kept, ...refused]) {
    expect(decoded(text), name).toContain('"identity": "recorder"');
    expect(decoded(text), name).not.toMatch(
      /\d@\w|\/(tmp|var|home|root|work|Users)\/|localhost:(?!8443|8080)|\b127\./,
    );
  }
});

/** With what the payloads hold. */
function decoded(text: string): string {
  return text.replaceAll(/"data": "([^"]*)"/g, (_, data: string) => atob(data));
}

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes: {
      readonly workflowId: string;
      readonly workflowType: { readonly name: string };
    };
  }[];
}

async function replay(text: string): Promise<void> {
  const history = JSON.parse(text) as RecordedHistory;
  // A child's id is made of it.
  const { workflowId } = history.events[0]!.workflowExecutionStartedEventAttributes;
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle(quietLogger) }, history, workflowId);
}

/** Of all generations; the name says which. */
async function recordedHistories(): Promise<{ readonly name: string; readonly text: string }[]> {
  const generations = (await readdir(historiesDir)).filter((name) => /^\d+$/.test(name));
  const histories = await Promise.all(
    generations.map(async (generation) => {
      const recorded = await historiesIn(join(historiesDir, generation));
      return recorded.map(({ name, text }) => ({ name: `${generation}/${name}`, text }));
    }),
  );
  return histories.flat();
}

async function historiesIn(folder: string): Promise<{ readonly name: string; readonly text: string }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })));
}
