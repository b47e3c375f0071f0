import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpClient } from '../simulator/http-client.ts';
import { charlie } from '../support/charlie.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { generateSales } from '../survival/generated-files.ts';
import { startPipeline } from '../survival/survival-pipeline.ts';
import { until } from '../survival/waiting.ts';
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
    faults.clear();
    runs.push(await denied());
    pipeline.simulator.library.put(
      'sales late.csv',
      generateSales('sales late.csv', { firstId: 9001 }).bytes,
    );
    faults.failNext({ match: /\/download\.aspx/, stall: 100 });
    const cut = await pipeline.startSync({ retries });
    seen.set('running', await whileItRuns(cut));
    await cut.cancel();
    await cut.result().catch(() => undefined);
    runs.push(cut);
    seen.set('commands', (await said(['doctor'])) + (await said(['sharepoint', 'check'])));
    await finish(worker, 'log');
  }
  {
    const env = { ...loud, CHARLIE_SCHEDULER__CLIENT_SECRET: wrongSecret };
    await using worker = WorkerProcess.spawn(pipeline, undefined, env);
    const refused = await pipeline.startSync({ retries });
    const error: unknown = await refused.result().catch((reason: unknown) => reason);
    seen.set('failure', errorText(error));
    seen.set('commands', (seen.get('commands') ?? '') + (await said(['sharepoint', 'check'], env)));
    runs.push(refused);
    await finish(worker, 'log of the stranger');
  }
  const histories = await Promise.all(runs.map((run) => run.fetchHistory()));
  seen.set('history', JSON.stringify(histories, decodePayloads));
  seen.set('database', await databaseText());
  seen.set('local files', localFiles());
}, 360_000);

afterAll(() => pipeline[Symbol.asyncDispose]());

/** A run with a file that the content host refuses for good: its error stays, in the ledger and in the result. */
async function denied(): Promise<WorkflowHandle> {
  const { library, faults } = pipeline.simulator;
  const file = generateSales('sales denied.csv', { firstId: 8001 });
  const { uniqueId } = library.put(file.path, file.bytes);
  faults.failNext({ match: new RegExp(`UniqueId=${uniqueId}`), times: 99, status: 403 });
  const run = await pipeline.startSync({ retries });
  await run.result();
  library.remove(file.path);
  faults.clear();
  return run;
}

/** What an operator sees of a run in the middle of a download: heartbeats and the answer to a query, which no history keeps. */
async function whileItRuns(run: WorkflowHandle): Promise<string> {
  let text = '';
  await until('a download has told how far it is', async () => {
    const { raw } = await run.describe();
    text = JSON.stringify([raw, await run.query('progress')], decodePayloads);
    return text.includes('sales late.csv');
  });
  return text;
}

async function said(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr } = await charlie([...command], {
    cwd: pipeline.dir,
    env: { ...pipeline.env, ...env },
  });
  return stdout + stderr;
}

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

/** As text: what is in payloads comes as base64, which would hide everything. */
function decodePayloads(key: string, value: unknown): unknown {
  return key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value;
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
  // Of the result of a run.
  expect(seen.get('history')).toContain('downloadedNames');
  expect(seen.get('history')).toContain('AADSTS7000215');
  expect(seen.get('running')).toContain('sales late.csv');
  expect(seen.get('commands')).toContain('SharePoint');
  expect(seen.get('commands')).toContain('AADSTS7000215');
  expect(seen.get('database')).toContain('AccessDenied');
  expect(seen.get('database')).toContain('AADSTS7000215');
  expect(seen.get('local files')).toContain('Worker started');
});

test.each([
  ...['log', 'log of the stranger', 'failure', 'history', 'running', 'commands', 'database', 'local files'],
])('no secret, token or address that opens something is in the %s', (place) => {
  const text = seen.get(place) ?? '';
  const { clientId, clientSecret } = pipeline.simulator.connection;

  for (const secret of [clientSecret, wrongSecret]) {
    const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), basic])
      expect(text.includes(form), form).toBe(false);
  }
  for (const [what, pattern] of Object.entries(tokens)) {
    const found = pattern.exec(text);
    // Enough to find the place, and too little to be a credential.
    expect(found === null ? null : text.slice(found.index - 100, found.index + 30), what).toBeNull();
  }
});
