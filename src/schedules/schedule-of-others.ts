import type { ScheduleDescription } from '@temporalio/client';

import { jobWorkflows } from './job-schedule.ts';

/** Thrown when a schedule that would have to be changed starts none of our workflows. Nothing was changed. */
export class ScheduleOfOthers extends Error {
  override readonly name = 'ScheduleOfOthers';
  readonly schedule: string;

  constructor(schedule: string, workflowType: string) {
    super(
      `The schedule ${JSON.stringify(schedule)} of this namespace starts ${workflowType}, which is none of our workflows. It was left as it is: ` +
        'give the job another id, or use a namespace of its own.',
    );
    this.schedule = schedule;
  }
}

/** Throws ScheduleOfOthers. */
export function assertOurs({ scheduleId, action }: ScheduleDescription): void {
  if (!jobWorkflows.includes(action.workflowType))
    throw new ScheduleOfOthers(scheduleId, action.workflowType);
}
