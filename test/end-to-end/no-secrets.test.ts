import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpClient } from '../simulator/http-client.ts';
import { charlie } from '../support/charlie.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { generateSales } from '../survival/generated-files.ts';
import { startPipeline } from '../survival/survival-pipeline.ts';
import { WorkerProcess } from '../survival/worker-process.ts';

/** How a credential is recognized that this test does not know letter by letter. */
const tokens = {
  'an access token': /eyJ[\w-]{8,}\.[\w-]+/,
  'a download address': /tempauth|UniqueId=/i,
  'a header with a token': /Bearer\s+\S/,
  'a delta token': /[?&(]token=[^&\s]/,
};
const wrongSecret = 'wr0ng~canary.secret';

const files = Array.from({ length: 6 }, (_, number) =>
  generateSales(`sales ${number}.csv`, { rows: 20, firstId: number * 1000 + 1 }),
);
const retries = { maxRetries: 1, retryDelaySeconds: 0.1, listMaxRetries: 1 };

let pipeline: Pipeline;
/** Everything that anybody can come to see, by where. */
const seen = new Map<string, string>();

/**
 * Two workers, one after the other: the first goes through a run in which whatever can go wrong does, with each error that
 * could bear an address; the second has a wrong secret. Both say all that they ever would.
 */
beforeAll(async () => {
  pipeline = await startPipeline(files, { CHARLIE_LOGS__DIR: 'logs' });
  const loud = { CHARLIE_SCHEDULER__LOG_LEVEL: 'DEBUG' };
  const { faults } = pipeline.simulator;
  faults.failNext({ match: /\/delta/, status: 401 });
  for (const match of [/\/content$/, /\/download\.aspx/]) {
    faults.failNext({ match, times: 2, drop: true });
    faults.failNext({ match, status: 401 });
    faults.failNext({ match, status: 403 });
    faults.failNext({ match, status: 500 });
    faults.failNext({ match, status: 502, body: '<html>Bad gateway</html>' });
  }
  faults.failNext({ match: /\/download\.aspx/, truncate: 100 });
  const runs: WorkflowHandle[] = [];
  {
    await using worker = WorkerProcess.spawn(pipeline, undefined, loud);
    runs.push(await pipeline.startSync({ retries }), await pipeline.startSync({ retries }));
    for (const run of runs) await run.result();
    const { stdout, stderr } = await charlie(['doctor'], { cwd: pipeline.dir, env: pipeline.env });
    seen.set('health', stdout + stderr);
    await finish(worker, 'log');
  }
  {
    const env = { ...loud, CHARLIE_SCHEDULER__CLIENT_SECRET: wrongSecret };
    await using worker = WorkerProcess.spawn(pipeline, undefined, env);
    const refused = await pipeline.startSync({ retries });
    const error: unknown = await refused.result().catch((reason: unknown) => reason);
    seen.set('failure', errorText(error));
    runs.push(refused);
    await finish(worker, 'log of the stranger');
  }
  const histories = await Promise.all(runs.map((run) => run.fetchHistory()));
  seen.set('history', JSON.stringify(histories, decodePayloads));
  seen.set('database', await databaseText());
  seen.set('local files', localFiles());
}, 360_000);

afterAll(() => pipeline[Symbol.asyncDispose]());

async function finish(worker: WorkerProcess, name: string): Promise<void> {
  worker.signal('SIGTERM');
  await worker.end();
  seen.set(name, worker.log);
}

/** With all that stands behind it. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.stack, JSON.stringify(error), errorText(error.cause)].join('\n');
}

/** As text: bytes in JSON would hide everything. */
function decodePayloads(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBuffer ? Buffer.from((value as unknown as { data: number[] }).data).toString() : value;
}

/** Every row of every table, but for where the next round of changes begins: that is kept there alone, and opens nothing without a sign-in. */
async function databaseText(): Promise<string> {
  const tables = await pipeline.sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('charlie', 'datasets')`;
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await pipeline.sql.unsafe<{ row: string }[]>(
      `select (to_jsonb(t) - 'delta_link')::text as row from ${name} t`,
    );
    texts.push(name, ...rows.map(({ row }) => row));
  }
  return texts.join('\n');
}

/** What the worker has left in its folder, the downloaded files included. */
function localFiles(): string {
  const paths = globSync('{logs,data}/**', { cwd: pipeline.dir }).map((path) => join(pipeline.dir, path));
  return paths
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path}\n${readFileSync(path, 'utf8')}`)
    .join('\n');
}

test('what is searched for is what goes over the wire, and what is searched is not empty', async () => {
  const client = new HttpClient(pipeline.simulator);
  expect(`Bearer ${await client.signIn()}`).toMatch(tokens['an access token']);
  const asked = pipeline.simulator.requests.map(({ url }) => url).join('\n');
  expect(asked).toMatch(tokens['a download address']);
  expect(asked).toMatch(tokens['an access token']);

  expect(seen.get('log')).toContain('"level":"warn"');
  expect(seen.get('log')).toContain('SharePointUnreachable');
  expect(seen.get('failure')).toContain('AADSTS7000215');
  expect(seen.get('history')).toContain('SyncAndIngestWorkflow');
  expect(seen.get('history')).toContain('AADSTS7000215');
  expect(seen.get('health')).toContain('SharePoint');
  expect(seen.get('database')).toContain('AccessDenied');
  expect(seen.get('database')).toContain('AADSTS7000215');
  expect(seen.get('local files')).toContain('Worker started');
});

test.each([...['log', 'log of the stranger', 'failure', 'history', 'health', 'database', 'local files']])(
  'no secret, token or address that opens something is in the %s',
  (place) => {
    const text = seen.get(place) ?? '';
    const { clientSecret } = pipeline.simulator.connection;

    for (const secret of [clientSecret, encodeURIComponent(clientSecret), wrongSecret])
      expect(text.includes(secret), secret).toBe(false);
    for (const [what, pattern] of Object.entries(tokens)) {
      const found = pattern.exec(text);
      // Enough to find the place, and too little to be a credential.
      expect(found === null ? null : text.slice(found.index - 100, found.index + 30), what).toBeNull();
    }
  },
);
