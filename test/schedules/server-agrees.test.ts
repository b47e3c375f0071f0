import { expect, test } from 'vitest';

import type { Cadence } from '../../src/domain/job.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { slotsWithin } from '../../src/schedules/matching-slots.ts';
import { previewFires } from '../../src/schedules/preview-job.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { cron, daily } from './cadences.ts';
import { scheduleServer, syncJob } from './schedule-server.ts';

const cases: readonly (readonly [string, readonly Cadence[]])[] = [
  ['berlin', [daily('Europe/Berlin', '01:30', '02:00', '02:30', '03:00', '09:05')]],
  ['new-york', [daily('America/New_York', '01:30', '02:30')]],
  ['lord-howe', [daily('Australia/Lord_Howe', '01:45', '02:15')]],
  ['troll', [daily('Antarctica/Troll', '01:00', '01:30', '02:30')]],
  ['nuuk', [cron('America/Nuuk', '30 23 * * SAT', '15 0 * * SUN')]],
  ['beirut', [daily('Asia/Beirut', '00:00', '00:30', '23:30')]],
  ['santiago', [daily('America/Santiago', '00:30', '23:30')]],
  ['wildcards', [cron('Europe/London', '15 * * * *')]],
  ['steps', [cron('Europe/Paris', '0 */2 * * *', '*/20 2 * * MON-FRI')]],
  ['months', [cron('Asia/Kathmandu', '0 6 1 1,4,7,10 *', '30 23 29 2 *')]],
  ['seconds', [cron('UTC', '15,45 0 12 * * * 2027')]],
  ['both', [{ kind: 'interval', seconds: 5400, offsetSeconds: 600 }, daily('Europe/Berlin', '02:30')]],
  ['once', [{ kind: 'once', at: '2027-03-28T01:30:00.000Z' }]],
];

/** Every change of the clocks in the zones above, within what the server lists at once. */
const ranges = [
  { from: new Date('2027-03-10T00:00:00Z'), to: new Date('2027-04-10T00:00:00Z') },
  { from: new Date('2027-08-25T00:00:00Z'), to: new Date('2027-09-20T00:00:00Z') },
  { from: new Date('2027-09-25T00:00:00Z'), to: new Date('2027-10-20T00:00:00Z') },
  { from: new Date('2027-10-25T00:00:00Z'), to: new Date('2027-11-15T00:00:00Z') },
];

test('the preview of a job is the list of times that the server itself will start it at, in every zone and at every change of the clocks', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  for (const [id, cadences] of cases) {
    const definition = syncJob(id, settings, { cadences });
    await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
    for (const { from, to } of ranges) {
      const { fires: slots } = await slotsWithin(client.schedule, id, { from, to });
      const preview = previewFires(cadences, { from, count: 1000 });
      const until = preview.filter(({ at }) => Date.parse(at) <= to.getTime());
      expect.soft({ id, slots: until }).toEqual({ id, slots });
    }
  }
});

test('what is read from the server is what was declared', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  for (const [id, cadences] of cases) {
    const definition = syncJob(id, settings, { cadences, jitterSeconds: 30, overlap: 'queue' });
    await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
    expect(await describeJob(client.schedule, id)).toMatchObject({
      id,
      definition,
      changed: [],
      origin: 'api',
    });
  }
});
