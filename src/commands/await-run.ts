import { setTimeout } from 'node:timers/promises';

import { type Client, QueryNotRegisteredError, WorkflowFailedError } from '@temporalio/client';

import type { SyncProgress, SyncResult } from '../domain/sync-run.ts';
import type { CommandContext } from './command-context.ts';
import { RunProgressLine } from './run-progress-line.ts';

/** How a run ended: with its result, or with the cause in one paragraph. */
export type RunOutcome<Result = SyncResult> =
  | { readonly ended: 'completed'; readonly result: Result }
  | { readonly ended: 'failed'; readonly type: string; readonly message: string };

const askEveryMs = 400;

/** Waits for the run, showing how far it is, or how far the sync is that it starts. */
export async function awaitRun<Result = SyncResult>(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string; readonly syncId?: string },
  context: CommandContext,
): Promise<RunOutcome<Result>> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const sync = run.syncId === undefined ? handle : client.workflow.getHandle(run.syncId);
  const line = new RunProgressLine(context);
  const watching = new AbortController();
  const watch = watchProgress(() => sync.query<SyncProgress>('progress'), line, watching.signal);
  try {
    return { ended: 'completed', result: (await handle.result()) as Result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { ended: 'failed', ...rootCause(error) };
  } finally {
    watching.abort();
    await watch;
    line.clear();
  }
}

/** A query needs a worker; while there is none, or the run is too young, there is nothing to show. */
async function watchProgress(
  ask: () => Promise<SyncProgress>,
  line: RunProgressLine,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      line.show(await ask());
    } catch (error) {
      if (error instanceof QueryNotRegisteredError) return;
    }
    await setTimeout(askEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

function rootCause(error: Error): { type: string; message: string } {
  let root: Error = error;
  while (root.cause instanceof Error) root = root.cause;
  const type = 'type' in root && typeof root.type === 'string' ? root.type : root.name;
  return { type, message: root.message };
}
