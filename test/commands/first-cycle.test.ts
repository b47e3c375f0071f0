import { expect, test } from 'vitest';

import type { CommandContext } from '../../src/commands/command-context.ts';
import { firstCycle } from '../../src/commands/first-cycle.ts';
import { StepLines } from '../../src/commands/step-lines.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { newJob } from '../../src/schedules/job-defaults.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';

test('the first cycle waits for reports that are under way already, as when they follow the sync', async () => {
  const env = { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() };
  await using pipeline = await Pipeline.start({ toml: salesToml, env });
  const { client, settings } = pipeline;
  // Under way until there is a worker for it.
  const elsewhere = {
    ...settings,
    temporal: { ...settings.temporal, taskQueue: `${settings.temporal.taskQueue}-reports` },
  };
  const declared = { origin: 'api', replaceExisting: false } as const;
  await createJob(client.schedule, settings, newJob('sync', 'sync', settings), declared);
  await createJob(client.schedule, elsewhere, newJob('hourly-report', 'hourly-report', elsewhere), declared);
  await triggerJob(client.schedule, 'hourly-report', { force: false });
  const soldAt = new Date(Date.now() - 2 * 3_600_000).toISOString();
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1, soldAt }]));

  let stdout = '';
  const context: CommandContext = {
    cwd: pipeline.dir,
    env: {},
    stdout: (text) => (stdout += text),
    stderr: () => undefined,
    columns: 200,
    interactive: false,
    ask: null,
  };
  const stack = { temporalUiUrl: null, simulatorUrl: null };
  const runCycle = () => firstCycle({ client, context, settings, stack, steps: new StepLines(context) });
  const cycle = runCycle();
  const skipped = async () => (await describeJob(client.schedule, 'hourly-report')).counters.skippedOverlap;
  await expect.poll(skipped).toBe(1);
  await pipeline.startWorker(elsewhere);
  await cycle;

  expect(stdout).toMatch(/listed +skipped +downloaded/);
  const newestReport = /Report +\S.*hourly_\d{8}_\d{4}\.xlsx/;
  expect(stdout).toMatch(newestReport);
  stdout = '';
  await runCycle();
  expect(stdout, 'although no other hour is due').toMatch(newestReport);
});
