import { setTimeout } from 'node:timers/promises';

import { getClient } from '@temporalio/activity';

import { followersOf } from '../src/schedules/find-followers.ts';

const answerWithinMs = 5000;

/** Whether jobs are chained after this one. Also when Temporal does not say now: then startFollowers goes on asking. */
export async function isFollowed(job: string): Promise<boolean> {
  const silence = setTimeout(answerWithinMs, true, { ref: false });
  const asked = followersOf(getClient().schedule, job).then(
    (ids) => ids.length > 0,
    () => true,
  );
  return Promise.race([asked, silence]);
}
