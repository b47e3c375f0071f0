import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { ActivityFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { type CommandResult, charlie } from '../support/charlie.ts';
import { ownPort } from '../support/own-port.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

interface Fault {
  readonly title: string;
  /** Environment variables that bring it about. */
  readonly env: (pipeline: Pipeline) => Promise<Record<string, string>>;
  /** Mends it for the same settings; otherwise the settings were at fault. */
  readonly mend?: (pipeline: Pipeline) => Promise<void>;
  readonly type: string;
  /** What was tried, what came back, what to do. */
  readonly says: readonly RegExp[];
  readonly exitCode: number;
}

const wrongSecret = 'Wr0ng~client-secret-of-somebody-else';

const faults: readonly Fault[] = [
  {
    title: 'a wrong client secret',
    env: async () => ({ CHARLIE_SCHEDULER__CLIENT_SECRET: wrongSecret }),
    type: 'SignInRefused',
    says: [/refused the sign-in of application/, /AADSTS7000215/, /Set scheduler\.client_secret to/],
    exitCode: 4,
  },
  {
    title: 'a site that does not exist',
    env: async () => ({
      CHARLIE_SCHEDULER__SHAREPOINT_SITE_URL: 'https://contoso.sharepoint.com/sites/Nowhere',
    }),
    type: 'SiteNotFound',
    says: [/sites\/Nowhere/, /answered 404 itemNotFound/, /Set scheduler\.sharepoint_site_url to/],
    exitCode: 5,
  },
  {
    title: 'a library that does not exist',
    env: async () => ({ CHARLIE_SCHEDULER__SHAREPOINT_FOLDER: '/Nothing/Reports' }),
    type: 'LibraryNotFound',
    says: [/library named "Nothing"/, /It has: .*"Shared Documents"/, /Begin the path of the folder with/],
    exitCode: 5,
  },
  {
    title: 'a folder that does not exist',
    env: async () => ({ CHARLIE_SCHEDULER__SHAREPOINT_FOLDER: '/Shared Documents/Nothing' }),
    type: 'FolderNotFound',
    says: [/no folder "\/Shared Documents\/Nothing"/, /404 itemNotFound/, /Create the folder, or set/],
    exitCode: 5,
  },
  {
    title: 'a SharePoint that cannot be reached',
    env: async () => {
      const url = `https://localhost:${await ownPort()}`;
      return { CHARLIE_SHAREPOINT__GRAPH_URL: url, CHARLIE_SHAREPOINT__AUTHORITY_URL: url };
    },
    type: 'SharePointUnreachable',
    says: [/Could not reach https:\/\/localhost:\d+/, /ECONNREFUSED/, /Check|Set|Try/],
    exitCode: 7,
  },
  {
    title: 'a file where ingestion_dir should be',
    env: async ({ dir }) => {
      await writeFile(join(dir, 'taken'), 'a file');
      return { CHARLIE_SCHEDULER__INGESTION_DIR: join(dir, 'taken', 'incoming') };
    },
    mend: ({ dir }) => rm(join(dir, 'taken')),
    type: 'IngestionDirUnusable',
    says: [/taken\/incoming, cannot be made or written/, /ENOTDIR/, /Set scheduler\.ingestion_dir to/],
    exitCode: 1,
  },
];

test.each(faults)('$title fails the run at once with its cause, and nothing is lost', async (fault) => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  putSales(pipeline);
  const faulty = { ...pipeline.env, ...(await fault.env(pipeline)) };

  const command = await charlie(['run-once'], { cwd: pipeline.dir, env: faulty });

  expectOneParagraph(command, fault);
  expectNoSecret(command, pipeline);
  const records = await pipeline.sql<
    RunRecord[]
  >`select workflow_id, run_id, status, error from charlie.run_history`;
  expect(records).toHaveLength(1);
  const { workflow_id: workflowId, run_id: runId, status, error } = records[0]!;
  const run = pipeline.client.workflow.getHandle(workflowId, runId);
  const cause = await causeOf(run);
  expect(cause.type).toBe(fault.type);
  expect(command.stderr).toContain(cause.message);
  expect({ status, error }).toEqual({ status: 'failed', error: `${fault.type}: ${cause.message}` });
  expect(await attemptsOf(run)).toEqual({ listFiles: [1], recordRun: [1] });

  await fault.mend?.(pipeline);
  const mended = fault.mend === undefined ? pipeline.env : faulty;
  await pipeline.startWorker(loadSettings({ cwd: pipeline.dir, env: mended }).settings);
  expect(await pipeline.sync()).toMatchObject(allSales);
});

test('a Postgres that goes away before the listing fails the run at once, and the next run loads all', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  putSales(pipeline);
  const url = new URL(pipeline.env['CHARLIE_DATABASE__URL']!);
  await using proxy = await Proxy.start(Number(url.port));
  url.host = `127.0.0.1:${proxy.port}`;
  const env = { ...pipeline.env, CHARLIE_DATABASE__URL: url.href };
  await pipeline.startWorker(loadSettings({ cwd: pipeline.dir, env }).settings);
  await proxy.interrupt();

  const run = await pipeline.startSync();
  const cause = await causeOf(run);

  expect(cause.type).toBe('DatabaseUnavailable');
  expect(cause.message).toMatch(
    /Postgres did not answer \(.+\)\. Check that the server runs and that database\.url/,
  );
  expect(cause.message).not.toContain(url.password);
  const { listFiles, recordRun } = await attemptsOf(run);
  expect(listFiles).toEqual([1]);
  expect(recordRun).toEqual([3]);

  await proxy.resume();
  expect(await pipeline.sync()).toMatchObject(allSales);
});

test('a command that cannot reach Postgres, or Temporal, says so', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const port = await ownPort();
  const url = new URL(pipeline.env['CHARLIE_DATABASE__URL']!);
  url.port = String(port);
  const surroundings = (env: Record<string, string>) => ({
    cwd: pipeline.dir,
    env: { ...pipeline.env, ...env },
  });

  const noPostgres = await charlie(['run-once'], surroundings({ CHARLIE_DATABASE__URL: url.href }));
  const address = `localhost:${port}`;
  const noTemporal = await charlie(['run-once'], surroundings({ CHARLIE_TEMPORAL__ADDRESS: address }));

  expectOneParagraph(noPostgres, {
    says: [/Postgres did not answer/, /ECONNREFUSED/, /Check that/],
    exitCode: 7,
  });
  expectOneParagraph(noTemporal, {
    says: [
      new RegExp(`No Temporal server answers at ${address} \\(.+\\)`),
      /Start one/,
      /CHARLIE_TEMPORAL__ADDRESS/,
    ],
    exitCode: 7,
  });
  for (const result of [noPostgres, noTemporal]) expectNoSecret(result, pipeline);
});

interface RunRecord {
  readonly workflow_id: string;
  readonly run_id: string;
  readonly status: string;
  readonly error: string | null;
}

const allSales = { status: 'succeeded', downloaded: 2, ingested: 2, rowsLoaded: 5 };

function putSales({ simulator }: Pipeline): void {
  simulator.library.put('sales 1.csv', salesCsv(manySales(3)));
  simulator.library.put('sales 2.csv', salesCsv(manySales(2, 4)));
}

async function causeOf(run: WorkflowHandle): Promise<ApplicationFailure> {
  const error: unknown = await run.result().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { cause } = error as WorkflowFailedError;
  expect(cause).toBeInstanceOf(ActivityFailure);
  return (cause as ActivityFailure).cause as ApplicationFailure;
}

/** How many attempts each call of each activity took. */
async function attemptsOf(run: WorkflowHandle): Promise<Record<string, number[]>> {
  const { events } = await run.fetchHistory();
  const names = new Map(
    (events ?? []).map((event) => [
      String(event.eventId),
      event.activityTaskScheduledEventAttributes?.activityType?.name ?? '',
    ]),
  );
  const attempts: Record<string, number[]> = {};
  for (const { activityTaskStartedEventAttributes: started } of events ?? []) {
    if (started != null)
      (attempts[names.get(String(started.scheduledEventId))!] ??= []).push(started.attempt ?? 0);
  }
  return attempts;
}

function expectOneParagraph(
  { exitCode, stdout, stderr }: CommandResult,
  expected: Pick<Fault, 'says' | 'exitCode'>,
): void {
  expect(stdout).toBe('');
  // Lines of progress are indented.
  expect(stderr).toMatch(/^( {2}\w.*\n)*charlie: [^\n]+\n$/);
  for (const essential of expected.says) expect(stderr).toMatch(essential);
  expect(exitCode).toBe(expected.exitCode);
}

function expectNoSecret({ stdout, stderr }: CommandResult, { env, simulator }: Pipeline): void {
  const { password } = new URL(env['CHARLIE_DATABASE__URL']!);
  for (const secret of [wrongSecret, simulator.connection.clientSecret, password]) {
    expect(secret.length).toBeGreaterThan(7);
    expect(stdout + stderr).not.toContain(secret);
  }
}

/** Stands before a server that listens on this host, so that it can go away and come back at the same address. */
class Proxy implements AsyncDisposable {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  readonly port: number;

  static async start(target: number): Promise<Proxy> {
    const proxy = new Proxy(target, await ownPort());
    await proxy.resume();
    return proxy;
  }

  private constructor(target: number, port: number) {
    this.#target = target;
    this.port = port;
  }

  async resume(): Promise<void> {
    this.#server = createServer((client) => {
      const server = connect(this.#target, '127.0.0.1');
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
      }
      client.pipe(server).pipe(client);
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async interrupt(): Promise<void> {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (this.#server?.listening === true) await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupt();
  }
}
