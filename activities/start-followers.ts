import { getClient, log } from '@temporalio/activity';

import { type Sql, withDatabase } from '../src/database/connection.ts';
import {
  answerStart,
  claimWorkflowId,
  releaseWorkflowId,
  rememberStart,
  type StartAnswer,
  type StartKey,
} from '../src/database/queries/start-requests.ts';
import type { Followed } from '../src/domain/sync-run.ts';
import { failpoint } from '../src/failpoints.ts';
import { followersOf } from '../src/schedules/find-followers.ts';
import { startFollower } from '../src/schedules/start-follower.ts';
import type { Activities, FollowersInput } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

/** Of the workflow's result, which stays in its history. */
const namedAtMost = 20;

export function startFollowers({ sql }: Dependencies): Activities['startFollowers'] {
  return guarded('retry', async (input) => {
    const followers: Followed[] = [];
    const failures: unknown[] = [];
    for (const job of await followersOf(getClient().schedule, input.run.job)) {
      try {
        const followed = await withDatabase(() => startOnce(sql, job, input));
        if (followed === null) continue;
        followers.push(followed);
        log.info(messages[followed.outcome], { stage: 'run', job: input.run.job, follower: job, ...input });
      } catch (error) {
        // The others need not wait until it can be started.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return { followers: followers.slice(0, namedAtMost) };
  });
}

const messages: Readonly<Record<Followed['outcome'], string>> = {
  started: 'Started the job that follows',
  queued: 'The job that follows waits for its run that is under way',
  skipped: 'The job that follows was skipped: a run of it is under way',
  paused: 'The job that follows was not started: it is paused',
  no_rows: 'The job that follows was not started: no rows were loaded',
  circular: 'The job that follows was not started: its chain leads back to itself',
};

/**
 * The start is a request like those of the API, and its key is the run: the id of the follower's run is chosen once, and what became of
 * it is remembered. Null: there is no such follower any more.
 */
async function startOnce(
  sql: Sql,
  job: string,
  { run, rowsLoaded }: FollowersInput,
): Promise<Followed | null> {
  const key: StartKey = { principal: 'chain', operation: `after ${run.runId}`, key: job };
  const remembered = await rememberStart(sql, key, '');
  if (remembered.answer !== null) return followedOf(job, remembered.answer);
  const followed = await startFollower(getClient(), job, {
    after: run.job,
    rowsLoaded,
    claim: {
      workflowId: remembered.workflowId,
      take: async (workflowId) => {
        const claimed = await claimWorkflowId(sql, key, workflowId);
        await failpoint('follower-claimed');
        return claimed;
      },
      giveUp: () => releaseWorkflowId(sql, key),
    },
  });
  if (followed === null) return null;
  await failpoint('follower-started');
  return followedOf(job, await answerStart(sql, key, answerOf(followed)));
}

/** 202: a run of this id is to be expected. */
function answerOf({ outcome, workflowId }: Followed): StartAnswer {
  return { status: workflowId === null ? 409 : 202, location: null, body: { outcome, workflowId } };
}

function followedOf(job: string, { body }: StartAnswer): Followed {
  return { job, ...(body as Omit<Followed, 'job'>) };
}
