import { expect, inject, test } from 'vitest';

import { createJob, pauseJob } from '../../src/schedules/edit-job.ts';
import {
  createHastyJob,
  type ScheduleServer,
  scheduleServer,
  syncJob,
} from '../schedules/schedule-server.ts';
import { folderWith } from '../settings/settings-folder.ts';
import { charlieHere } from '../support/charlie.ts';

function commandsFor({ client }: ScheduleServer) {
  const cwd = folderWith({ 'settings.toml': '' });
  const env = {
    CHARLIE_TEMPORAL__ADDRESS: inject('temporalAddress'),
    CHARLIE_TEMPORAL__NAMESPACE: client.options.namespace,
  };
  return (...args: readonly string[]) => charlieHere(['schedules', ...args], { cwd, env });
}

test('a schedule that is none of ours is neither paused nor resumed', async () => {
  await using server = await scheduleServer();
  const charlie = commandsFor(server);
  const theirs = await server.client.schedule.create({
    scheduleId: 'theirs',
    spec: { intervals: [{ every: '1 day' }] },
    action: { type: 'startWorkflow', workflowType: 'SomethingElse', taskQueue: 'nobody' },
  });

  expect(await charlie('pause', 'theirs')).toMatchObject({ exitCode: 5 });
  expect((await theirs.describe()).state).toMatchObject({ paused: false });

  await theirs.pause('by its owner');
  expect(await charlie('resume', 'theirs')).toMatchObject({ exitCode: 5 });
  expect((await theirs.describe()).state).toMatchObject({ paused: true, note: 'by its owner' });
});

test('a job that is paused is not overdue', async () => {
  await using server = await scheduleServer();
  const charlie = commandsFor(server);
  const { client, settings } = server;
  await createHastyJob(client, settings);
  await expect.poll(async () => (await charlie('show', 'hasty')).stdout).toContain(': OVERDUE');

  await pauseJob(client.schedule, 'hasty', 'not today');

  expect((await charlie('show', 'hasty')).stdout).not.toContain('OVERDUE');
  expect(JSON.parse((await charlie('show', 'hasty', '--output', 'json')).stdout)).toMatchObject({
    paused: true,
    overdue: false,
  });
});

test('a backfill whose --from is after its --to is refused, and names both', async () => {
  await using server = await scheduleServer();
  const charlie = commandsFor(server);
  const { client, settings } = server;
  const job = syncJob('hourly', settings, {
    cadences: [{ kind: 'interval', seconds: 3600, offsetSeconds: 0 }],
  });
  await createJob(client.schedule, settings, job, { origin: 'api', replaceExisting: false });
  const backfill = (from: string, to: string) =>
    charlie('backfill', 'hourly', '--from', from, '--to', to, '--dry-run');

  expect(await backfill('2026-10-26', '2026-10-25 12:00')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('--from "2026-10-26" is after --to "2026-10-25 12:00"') as string,
  });
  // One instant is a period, too.
  expect(await backfill('2026-10-26', '2026-10-26')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('2026-10-26 00:00') as string,
  });
});
