import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { freePort } from '../../src/local/ports.ts';
import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { outerEnvironment } from '../support/charlie.ts';
import { TestApi } from './test-api.ts';

const program = fileURLToPath(new URL('../../bin/charlie.js', import.meta.url));

test('an API that is killed while it starts a run leaves one run for the key, whoever is asked again', async () => {
  await using api = await TestApi.start();
  await applyJobs(api.client.schedule, jobsOf(api.settings));
  const port = await freePort();
  const child = spawn(process.execPath, [program, 'api'], {
    cwd: api.dir,
    env: { ...outerEnvironment(), ...api.env, CHARLIE_API__PORT: String(port) },
  });
  const exited = once(child, 'exit');
  await expect
    .poll(
      () =>
        fetch(`http://127.0.0.1:${port}/readyz`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 60_000 },
    )
    .toBe(200);

  const path = '/scheduler/jobs/sync/run';
  const key = { 'idempotency-key': 'killed' };
  const answer = fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: key }).then(
    () => 'answered',
    () => 'lost',
  );
  // As soon as the id of the run is chosen, which is before the run is asked for.
  for (;;) {
    const chosen = await api.sql`select from start_requests where workflow_id is not null`;
    if (chosen.length > 0) break;
  }
  child.kill('SIGKILL');
  await exited;
  await answer;

  const again = await api.post(path, undefined, key);
  const other = await api.post(path, undefined, key);

  expect(again.statusCode, again.body).toBe(202);
  expect(other.json()).toEqual(again.json());
  const runs: string[] = [];
  const { workflow_id: run } = again.json<{ workflow_id: string }>();
  await expect
    .poll(async () => {
      runs.length = 0;
      for await (const { workflowId } of api.client.workflow.list())
        if (workflowId.startsWith('sync-')) runs.push(workflowId);
      return runs;
    })
    .toEqual([run]);
});

test('charlie api ends in order on a signal', async () => {
  await using api = await TestApi.start();
  const port = await freePort();
  const child = spawn(process.execPath, [program, 'api'], {
    cwd: api.dir,
    env: { ...outerEnvironment(), ...api.env, CHARLIE_API__PORT: String(port) },
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  await expect.poll(() => said, { timeout: 60_000 }).toContain(`"url":"http://127.0.0.1:${port}"`);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(said).toContain('API shutdown complete');
});
