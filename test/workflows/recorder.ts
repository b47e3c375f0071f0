import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

import type { Pipeline } from '../support/pipeline.ts';
import { historiesDir } from './histories.ts';

/** Into the generation that RECORD_HISTORIES names. Waits for the run's end, which may be a failure. */
export async function record(pipeline: Pipeline, name: string, run: WorkflowHandle): Promise<void> {
  await run.result().catch(() => undefined);
  const history = await run.fetchHistory();
  anonymize(pipeline, history);
  const generation = join(historiesDir, process.env['RECORD_HISTORIES'] ?? '');
  await mkdir(generation, { recursive: true });
  await writeFile(
    join(generation, `${name}.json`),
    `${JSON.stringify(JSON.parse(historyToJSON(history)), null, 1)}\n`,
  );
}

/** Takes out what tells of the machine: processes, hosts, ports, folders. */
function anonymize(pipeline: Pipeline, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const [key, field] of Object.entries(holder)) {
    if (typeof field === 'string') holder[key] = anonymous(pipeline, field);
    else if (field instanceof Uint8Array)
      holder[key] = Buffer.from(anonymous(pipeline, Buffer.from(field).toString('utf8')));
    else anonymize(pipeline, field);
  }
}

function anonymous({ simulator, dir, settings }: Pipeline, text: string): string {
  const { port } = new URL(simulator.url);
  return text
    .replaceAll(`${process.pid}@${hostname()}`, 'recorder')
    .replaceAll(dir, '/srv/charlie')
    .replaceAll(fileURLToPath(new URL('../../', import.meta.url)), '/opt/charlie/')
    .replaceAll(`localhost:${port}`, 'localhost:8443')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'localhost:8080')
    .replaceAll(settings.temporal.taskQueue, 'charlie');
}
