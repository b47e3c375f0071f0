import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';

import type { JobDefinition } from '../../src/domain/job.ts';
import { applyJobs, diffJobs } from '../../src/schedules/apply-jobs.ts';
import { refuseBrokenChains } from '../../src/schedules/chains.ts';
import { createJob, deleteJob, JobChangedMeanwhile, JobExists } from '../../src/schedules/edit-job.ts';
import { exportJobs, importJobs } from '../../src/schedules/export-jobs.ts';
import { followersOf } from '../../src/schedules/find-followers.ts';
import { compileJobs } from '../../src/schedules/jobs.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { SearchAttributesMissing } from '../../src/schedules/search-attributes-missing.ts';
import { createNamespace, knownAttributes } from '../support/namespace.ts';
import { changeJob, type ScheduleServer, scheduleServer, syncJob } from './schedule-server.ts';

function chainedIn({ settings }: ScheduleServer) {
  return (id: string, after: string, onlyIfRows = false): JobDefinition =>
    syncJob(id, settings, { chain: { after, onlyIfRows } });
}

function createIn({ client, settings }: ScheduleServer) {
  return (definition: JobDefinition) =>
    createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
}

test('a chain that leads nowhere, back to the job, or asks a report for rows, is refused', async () => {
  await using server = await scheduleServer();
  const [chained, create] = [chainedIn(server), createIn(server)];
  await create(syncJob('first', server.settings));
  await create(chained('second', 'first'));
  await create({ ...syncJob('report', server.settings), kind: 'hourly-report' });

  await expect(create(chained('third', 'nobody'))).rejects.toThrow(
    'after is "nobody", and there is no such job',
  );
  await expect(create(chained('third', 'third'))).rejects.toThrow('after is the job itself');
  await expect(create(chained('third', 'report', true))).rejects.toThrow(
    'only_if_rows is set, and runs of "report"',
  );
  const once = [{ kind: 'once' as const, at: '2030-01-31T06:00:00.000Z' }];
  await expect(create({ ...chained('third', 'first'), cadences: once })).rejects.toThrow(
    'once stands beside after',
  );
  const closing = changeJob(server, 'first', { chain: { after: 'second', onlyIfRows: false } });
  await expect(closing).rejects.toThrow('after leads back to the job: first after second after first');
});

test('a generate job does not follow what its own files set off', async () => {
  await using server = await scheduleServer('[generate]\nendpoints = ["http://127.0.0.1:1/generate"]');
  const [chained, create] = [chainedIn(server), createIn(server)];
  await create(syncJob('sync', server.settings));
  await create({ ...chained('reports', 'sync'), kind: 'hourly-report' });
  const generate = (after: string) => create({ ...chained('generate', after), kind: 'generate' });

  await expect(generate('sync')).rejects.toThrow('after leads back to the job: generate after sync');
  await expect(generate('reports')).rejects.toThrow('generate after reports after sync');
  await create(syncJob('others', server.settings));
  expect(await generate('others')).toMatchObject({ outcome: 'created' });
});

test('jobs that are applied together may be chained in any order; those that cannot be, and their followers, are refused', async () => {
  await using server = await scheduleServer();
  const chained = chainedIn(server);
  const { client, settings } = server;
  const { jobs, refused } = await refuseBrokenChains(
    client.schedule,
    settings,
    compileJobs(settings, [
      chained('late', 'early'),
      syncJob('early', settings),
      chained('lost', 'nobody'),
      chained('with-lost', 'lost'),
      chained('one', 'two'),
      chained('two', 'one'),
    ]),
  );

  expect(jobs.map(({ id }) => id)).toEqual(['sync', 'hourly-report', 'late', 'early']);
  expect(refused.map(({ job }) => job)).toEqual(['lost', 'one', 'two', 'with-lost']);
  await applyJobs(client.schedule, jobs);
  const again = await diffJobs(client.schedule, jobs);
  expect(again.map(({ outcome }) => outcome)).toEqual(jobs.map(() => 'unchanged'));
});

test('a change of the chain is shown, and changes by what the follower is found', async () => {
  await using server = await scheduleServer();
  const [chained, create] = [chainedIn(server), createIn(server)];
  const { client, settings } = server;
  await create(syncJob('north', settings));
  await create(syncJob('south', settings));
  await create(chained('behind', 'north', true));
  await expect.poll(() => followersOf(client.schedule, 'north')).toEqual(['behind']);
  expect(await describeJob(client.schedule, 'behind')).toMatchObject({
    cadence: 'after north, if it has loaded rows',
    after: { job: 'north', isGone: false },
    nextFires: [],
    changed: [],
  });

  const edited = await changeJob(server, 'behind', chained('behind', 'south'));
  expect(edited.differences).toContainEqual({ what: 'found as following', now: 'north', wanted: 'south' });
  await expect.poll(() => followersOf(client.schedule, 'south')).toEqual(['behind']);
  await changeJob(server, 'behind', { chain: null });
  await expect.poll(() => followersOf(client.schedule, 'south')).toEqual([]);
  expect(await followersOf(client.schedule, 'north')).toEqual([]);
});

test('an import takes jobs that are chained in any order, and an export has them as they were', async () => {
  await using server = await scheduleServer();
  const chained = chainedIn(server);
  const { client, settings } = server;
  const waiting = { ...chained('a-follower', 'z-first'), cadences: [] };
  const definitions = [waiting, syncJob('z-first', settings)];

  await importJobs(client.schedule, settings, definitions, {
    dryRun: false,
    agreed: () => Promise.resolve(),
  });

  await expect.poll(() => exportJobs(client.schedule)).toEqual(expect.arrayContaining(definitions));
});

test('an import takes back nothing that was changed after it was agreed to', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const create = createIn(server);
  await create(syncJob('first', settings));
  const wanted = ['first', 'second'].map((id) => syncJob(id, settings, { overlap: 'queue' }));
  const meanwhile = (agreed: () => Promise<unknown>) =>
    importJobs(client.schedule, settings, wanted, {
      dryRun: false,
      agreed: async () => {
        await agreed();
      },
    });

  const edited = meanwhile(() => changeJob(server, 'first', { catchupMinutes: 90 }));
  await expect(edited).rejects.toThrow(JobChangedMeanwhile);
  expect(await describeJob(client.schedule, 'first')).toMatchObject({ overlap: 'skip', catchupMinutes: 90 });
  await expect(meanwhile(() => deleteJob(client.schedule, 'first'))).rejects.toThrow(JobChangedMeanwhile);
  await expect(meanwhile(() => create(syncJob('first', settings)))).rejects.toThrow(JobExists);
});

test('in a namespace of an earlier version, which lacks the attribute, a job that should follow is refused, also one that is there', async () => {
  await using server = await scheduleServer();
  const { CharlieAfter: _, ...earlier } = knownAttributes;
  const namespace = await createNamespace(earlier);
  const { schedule } = new Client({ connection: server.client.connection, namespace });
  const put = (given: Partial<JobDefinition>) =>
    createJob(schedule, server.settings, syncJob('next', server.settings, given), {
      origin: 'api',
      replaceExisting: true,
      beside: [syncJob('sync', server.settings)],
    });
  const follows = { chain: { after: 'sync', onlyIfRows: false } };

  await expect(put(follows)).rejects.toThrow(SearchAttributesMissing);
  await put({});
  await expect(put(follows)).rejects.toThrow(SearchAttributesMissing);
  expect(await followersOf(schedule, 'sync')).toEqual([]);
});

test('in a namespace that does not know the attributes nobody follows, and no job is made', async () => {
  await using server = await scheduleServer();
  const namespace = await createNamespace({});
  const { connection } = server.client;
  const { schedule } = new Client({ connection, namespace });

  expect(await followersOf(schedule, 'sync')).toEqual([]);
  const made = createJob(schedule, server.settings, syncJob('sync', server.settings), {
    origin: 'api',
    replaceExisting: false,
  });
  await expect(made).rejects.toThrow(SearchAttributesMissing);
});
