import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { WorkflowHandle } from '@temporalio/client';
import { expect, inject, test } from 'vitest';

import type { RunningWorker } from '../../src/worker.ts';
import { charlie, execute } from '../support/charlie.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

async function start(): Promise<Pipeline> {
  const env = { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace(), CHARLIE_SYNC__LIST_MAX_RETRIES: '99' };
  return Pipeline.start({ toml: salesToml, worker: false, env });
}

function startBuild(pipeline: Pipeline, buildId: string): Promise<RunningWorker> {
  const { settings } = pipeline;
  return pipeline.startWorker({ ...settings, temporal: { ...settings.temporal, buildId } });
}

/** `temporal worker deployment …` as an operator types it, again until the server knows the version. */
async function setCurrent(pipeline: Pipeline, buildId: string): Promise<void> {
  const { address, namespace } = pipeline.settings.temporal;
  const version = ['--deployment-name', 'charlie', '--build-id', buildId, '--yes'];
  const args = [
    'worker',
    'deployment',
    'set-current-version',
    ...version,
    '--address',
    address,
    '--namespace',
    namespace,
  ];
  await expect
    .poll(() => execute(inject('temporalBinary'), args, { cwd: pipeline.dir, env: {} }), { interval: 500 })
    .toMatchObject({ exitCode: 0 });
}

/** Of each workflow task, by the history. */
async function buildsOf(run: WorkflowHandle): Promise<(string | null | undefined)[]> {
  const { events } = await run.fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: completed }) =>
    completed ? [completed.deploymentVersion?.buildId] : [],
  );
}

test('a build gets runs once it is current, and ends what it has begun while another one is', async () => {
  await using pipeline = await start();
  const { library, faults, requests } = pipeline.simulator;
  library.put('sales 1.csv', salesCsv(manySales(3)));
  await startBuild(pipeline, '1.0.0');
  const first = await pipeline.startSync();
  await setCurrent(pipeline, '1.0.0');
  expect(await first.result()).toMatchObject({ status: 'succeeded', rowsLoaded: 3 });

  // Listing waits, in a timer of the workflow, as long as the service asks for pauses.
  faults.failNext({ match: /delta/, times: 99, status: 429, retryAfterSeconds: 2 });
  const held = await pipeline.startSync();
  await expect.poll(() => requests.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  library.put('sales 2.csv', salesCsv(manySales(2, 10)), { modifiedAt: new Date(Date.now() - 3_600_000) });
  await startBuild(pipeline, '1.1.0');
  await setCurrent(pipeline, '1.1.0');
  const local = join(pipeline.dir, 'sales 3.csv');
  await writeFile(local, salesCsv(manySales(1, 20)));
  const later = await pipeline.startSync({ job: 'ingest', source: { kind: 'directory', paths: [local] } });

  expect(await later.result()).toMatchObject({ status: 'succeeded', rowsLoaded: 1 });
  expect(await held.describe()).toMatchObject({ status: { name: 'RUNNING' } });
  faults.clear();
  expect(await held.result()).toMatchObject({ status: 'succeeded', rowsLoaded: 2 });
  expect(new Set(await buildsOf(first))).toEqual(new Set(['1.0.0']));
  expect(new Set(await buildsOf(later))).toEqual(new Set(['1.1.0']));
  expect(new Set(await buildsOf(held))).toEqual(new Set(['1.0.0']));
});

test('a run that brings its own worker needs no current version', async () => {
  await using pipeline = await start();
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));
  const env = { ...pipeline.env, CHARLIE_TEMPORAL__BUILD_ID: '1.0.0' };

  const once = await charlie(['run-once', '--output', 'json'], { cwd: pipeline.dir, env });

  expect(once).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(once.stdout)).toMatchObject({ status: 'succeeded', rowsLoaded: 3 });
});
