import { expect, inject, test } from 'vitest';

import { createJob, pauseJob } from '../../src/schedules/edit-job.ts';
import { daily } from '../schedules/cadences.ts';
import {
  createHastyJob,
  type ScheduleServer,
  scheduleServer,
  syncJob,
} from '../schedules/schedule-server.ts';
import { folderWith } from '../settings/settings-folder.ts';
import { charlieHere } from '../support/charlie.ts';

function commandsFor({ client }: ScheduleServer, schedulesToml = '') {
  const cwd = folderWith({ 'settings.toml': '', 'temporal-config/schedules.toml': schedulesToml });
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

test('a backfill whose --from is after its --to is refused, and names both; one of too many slots, too, before anybody is asked', async () => {
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
  expect(await backfill('2026-09-01', '2026-10-25')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('has more than 900 slots in that time') as string,
  });
  // One instant is a period, too.
  expect(await backfill('2026-10-26', '2026-10-26')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('2026-10-26 00:00') as string,
  });
});

test('of a schedule that somebody made by hand the times are listed that the server has for it, from --from on', async () => {
  await using server = await scheduleServer();
  const charlie = commandsFor(server);
  await server.client.schedule.create({
    scheduleId: 'by-hand',
    // The 29th of February, at noon in Tokyo.
    spec: { calendars: [{ month: 'FEBRUARY', dayOfMonth: 29, hour: 12 }], timezone: 'Asia/Tokyo' },
    action: { type: 'startWorkflow', workflowType: 'SyncAndIngestWorkflow', taskQueue: 'nobody', args: [{}] },
  });
  const preview = async (...args: readonly string[]) => {
    const { stdout } = await charlie('preview', 'by-hand', ...args, '--output', 'json');
    return (JSON.parse(stdout) as { at: string }[]).map(({ at }) => at);
  };

  // Its runs are not told that it goes by clocks, so that none of them ends because of these.
  await server.client.schedule.create({
    scheduleId: 'by-night',
    spec: { calendars: [{ hour: 2, minute: 30 }], timezone: 'Europe/Berlin' },
    action: { type: 'startWorkflow', workflowType: 'SyncAndIngestWorkflow', taskQueue: 'nobody', args: [{}] },
  });
  const night = await charlie(
    'preview',
    'by-night',
    '--from',
    '2026-10-25',
    '--limit',
    '2',
    '--output',
    'json',
  );
  expect(JSON.parse(night.stdout)).toMatchObject([
    // Of the two times that clocks show 02:30 on that night the server takes this one.
    { at: '2026-10-25T01:30:00.000Z', mark: null },
    { at: '2026-10-26T01:30:00.000Z', mark: null },
  ]);

  const [leapDay] = await preview('--from', '2028-01-01', '--limit', '1');
  expect(leapDay).toBe('2028-02-29T03:00:00.000Z');
  expect(await preview('--from', '2028-02-29 12:00:01', '--limit', '1')).toEqual([
    '2032-02-29T03:00:00.000Z',
  ]);
});

test('of a schedule with more times than the server lists at once none is left out, jitter or not', async () => {
  await using server = await scheduleServer();
  const charlie = commandsFor(server);
  await server.client.schedule.create({
    scheduleId: 'dense',
    spec: { intervals: [{ every: '2 seconds' }], jitter: '2 seconds' },
    action: { type: 'startWorkflow', workflowType: 'SyncAndIngestWorkflow', taskQueue: 'nobody', args: [{}] },
    state: { paused: true },
  });

  const args = ['--from', '2026-11-20 00:00:01', '--limit', '2500', '--output', 'json'];
  const { stdout } = await charlie('preview', 'dense', ...args);

  const times = (JSON.parse(stdout) as { at: string }[]).map(({ at }) => Date.parse(at));
  const first = Date.parse('2026-11-20T00:00:02Z');
  expect(times).toEqual(Array.from({ length: 2500 }, (_, index) => first + 2000 * index));
});

test('of a declared job the times that hold are listed: of one that stands in its place those, of one that is refused none', async () => {
  await using server = await scheduleServer();
  const charlie = commandsFor(server, '[jobs.archive]\nat = ["01:00"]');
  const { client, settings } = server;
  const next = async () => {
    const { stdout } = await charlie('preview', 'sync', '--limit', '1', '--output', 'json');
    return (JSON.parse(stdout) as { at: string }[])[0]?.at;
  };

  expect(await next()).toMatch(/T\d\d:00:00/);
  const instead = syncJob('sync', settings, { cadences: [daily('UTC', '06:30')] });
  await createJob(client.schedule, settings, instead, { origin: 'api', replaceExisting: false });
  expect(await next()).toMatch(/T06:30:00/);

  expect(await charlie('preview', 'archive')).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('kind is archive, and what that starts is not built yet') as string,
  });
});
