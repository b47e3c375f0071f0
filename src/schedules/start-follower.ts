import type { Client, ScheduleDescription } from '@temporalio/client';

import type { GenerateInput } from '../domain/generation.ts';
import type { Followed } from '../domain/sync-run.ts';
import { circleOf } from './chains.ts';
import { JobNotFound } from './job-not-found.ts';
import { declarationOf } from './read-jobs.ts';
import { readSchedule } from './schedule-store.ts';
import { type Claim, triggerClaimed } from './trigger-claimed.ts';

/**
 * Starts a job through its schedule because a run of the job that it is chained after has ended, under its overlap policy, unless it is paused or
 * wants rows. Null: it is not chained after that job, or is gone.
 */
export async function startFollower(
  client: Client,
  job: string,
  ended: { readonly after: string; readonly rowsLoaded: number; readonly claim: Claim },
): Promise<Followed | null> {
  try {
    const hindrance = await hindranceOf(client, await readSchedule(client.schedule, job), ended);
    if (hindrance === 'not chained') return null;
    if (hindrance !== null) return { job, outcome: hindrance, workflowId: null };
    const started = await triggerClaimed(client, job, { force: false, claim: ended.claim });
    const workflowId = started.outcome === 'skipped' ? null : started.workflowId;
    return { job, outcome: started.outcome, workflowId };
  } catch (error) {
    if (error instanceof JobNotFound) return null;
    throw error;
  }
}

/** What keeps the job from being started; null: nothing does. */
async function hindranceOf(
  client: Client,
  description: ScheduleDescription,
  {
    after,
    rowsLoaded,
    claim,
  }: { readonly after: string; readonly rowsLoaded: number; readonly claim: Claim },
): Promise<'not chained' | 'no_rows' | 'paused' | 'circular' | null> {
  // What an earlier attempt has begun is gone on with.
  if (claim.workflowId !== null) return null;
  const definition = declarationOf(description)?.definition;
  if (definition?.chain?.after !== after) return 'not chained';
  if (definition.chain.onlyIfRows && rowsLoaded === 0) return 'no_rows';
  if (description.state.paused) return 'paused';
  // Two jobs that were chained after each other at the same moment would start one another for ever.
  const context = { generatedIsLoaded: startsSync(description) };
  return (await circleOf(client.schedule, definition, context)) === null ? null : 'circular';
}

/** As its runs are told, whatever the settings of this process say. */
function startsSync({ action }: ScheduleDescription): boolean {
  const [input] = (action.args ?? []) as readonly (Partial<GenerateInput> | null)[];
  return input?.then?.kind === 'sync';
}
