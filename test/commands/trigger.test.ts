import { expect, test } from 'vitest';

import { createJob } from '../../src/schedules/edit-job.ts';
import { followersOf } from '../../src/schedules/find-followers.ts';
import { newJob } from '../../src/schedules/job-defaults.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { testEndpoint } from '../generation/test-endpoint.ts';
import { charlieHere } from '../support/charlie.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';

test('a generate job that is triggered ends as charlie generate does when a simulator fails; a report that is triggered names who follows', async () => {
  await using refusing = await testEndpoint({ status: 404, body: 'no such place' });
  await using making = await testEndpoint({ status: 201, body: '{"files": 2, "rows": 20}' });
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    env: {
      CHARLIE_TEMPORAL__NAMESPACE: await createNamespace(),
      CHARLIE_GENERATE__ENDPOINTS: `${refusing.url},${making.url}`,
    },
  });
  const { client, dir: cwd, env } = pipeline;
  const { settings } = loadSettings({ cwd, env });
  const declared = { origin: 'api', replaceExisting: false } as const;
  for (const job of [
    newJob('making', 'generate', settings),
    newJob('building', 'hourly-report', settings),
    { ...newJob('last', 'hourly-report', settings), chain: { after: 'building', onlyIfRows: false } },
  ])
    await createJob(client.schedule, settings, job, declared);
  await expect.poll(() => followersOf(client.schedule, 'building')).toEqual(['last']);

  const made = await charlieHere(['schedules', 'trigger', 'making'], { cwd, env });
  const built = await charlieHere(['schedules', 'trigger', 'building'], { cwd, env });

  expect(made).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^ {2}2 files with 20 rows made\.\n[^]*listed +skipped/) as string,
  });
  expect(made.stderr).toMatch(/ {2}! .*no such place/);
  expect(made.stderr).toContain('1 of the simulators made no files');
  expect(built).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('→ last follows: last-20') as string,
  });
});
