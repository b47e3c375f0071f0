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

test('every workflow has a history, and there is one to refuse', () => {
  const recorded = kept.map(({ text }) => (JSON.parse(text) as RecordedHistory).events[0]);
  const types = recorded.map((start) => start?.workflowExecutionStartedEventAttributes.workflowType.name);
  expect(new Set(types)).toEqual(new Set(Object.keys(workflows)));
  expect(refused).not.toHaveLength(0);
});

test('no history tells of the machine that recorded it', () => {
  for (const { name, text } of [...kept, ...refused]) {
    const decoded = text.replaceAll(/"data": "([^"]*)"/g, (_, data: string) => atob(data));
    expect(decoded, name).toContain('"identity": "recorder"');
    expect(decoded, name).not.toMatch(/\d@\w|\/(tmp|var|home|root|work|Users)\/|localhost:(?!8443)|\b127\./);
  }
});

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes: { readonly workflowType: { readonly name: string } };
  }[];
}

async function replay(text: string): Promise<void> {
  const history: unknown = JSON.parse(text);
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle(quietLogger) }, history);
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
