import { access, constants, mkdir, statfs } from 'node:fs/promises';

import { connect, withDatabase } from '../database/connection.ts';
import type { Settings } from '../settings/settings.ts';
import { configuredGateway } from '../sharepoint/configured-gateway.ts';
import { describeServer } from '../temporal/describe-server.ts';
import { pollersOf } from '../temporal/polling.ts';
import { requireDatabaseUrl } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong and what to do. */
  readonly detail: string;
}

/** Asks every part that a run needs. */
export async function checkParts(settings: Settings): Promise<Check[]> {
  return [
    { name: 'Node', ok: true, detail: process.version },
    {
      name: 'Settings',
      ok: true,
      detail: `${settings.datasets.length} datasets, zone ${settings.scheduler.timezone}`,
    },
    ...(await Promise.all([
      check('Postgres', () => checkPostgres(settings)),
      check('Temporal', () => checkTemporal(settings)),
      check('SharePoint', () => checkSharePoint(settings)),
      check('Downloads', () => checkFolder(settings.scheduler.ingestionDir)),
      check('Reports', () => checkFolder(settings.reports.dir)),
      ...(settings.watch.directories.length === 0 ? [] : [check('Watched', () => checkWatched(settings))]),
    ])),
  ];
}

async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function checkPostgres(settings: Settings): Promise<string> {
  const sql = connect(requireDatabaseUrl(settings), 1);
  try {
    return await withDatabase(async () => {
      const [server] = await sql<[{ version: string; migrated: boolean }]>`
        select current_setting('server_version') as version, to_regclass('charlie.schema_migrations') is not null as migrated`;
      if (!server.migrated)
        throw new Error(`Postgres ${server.version} has no tables of ours yet: run \`charlie migrate\`.`);
      return `${server.version}, migrated`;
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function checkTemporal(settings: Settings): Promise<string> {
  await using client = await connectTemporal(settings.temporal);
  const { taskQueue, namespace } = settings.temporal;
  const { size: pollers } = await pollersOf(client.workflowService, namespace, taskQueue);
  if (pollers === 0)
    throw new Error(
      `${describeServer(settings.temporal)} answers, but no worker serves the queue "${taskQueue}": start \`charlie worker\`.`,
    );
  return `${describeServer(settings.temporal)}, namespace ${namespace}, ${pollers} workers on the queue ${taskQueue} in the last five minutes`;
}

async function checkSharePoint(settings: Settings): Promise<string> {
  const gateway = configuredGateway(settings);
  if (gateway === null)
    throw new Error(
      'Not configured: set scheduler.sharepoint_folder to the address of a folder, and what the sign-in needs (docs/sharepoint.md).',
    );
  try {
    const folder = await gateway.resolveFolder();
    return folder.webUrl;
  } finally {
    await gateway.close();
  }
}

async function checkFolder(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  await access(dir, constants.W_OK);
  const { bavail, bsize } = await statfs(dir);
  return `${dir}, ${Math.round((bavail * bsize) / 1e9)} GB free`;
}

async function checkWatched({ sync, watch }: Settings): Promise<string> {
  const isTidied = sync.localFiles !== 'keep';
  for (const folder of watch.directories) {
    await access(folder, isTidied ? constants.R_OK | constants.W_OK : constants.R_OK).catch(
      (error: unknown) => {
        const said = error instanceof Error ? error.message : String(error);
        const needed = isTidied
          ? `be read and written, as sync.local_files = "${sync.localFiles}" needs`
          : 'be read';
        throw new Error(`${folder} of watch.directories cannot ${needed} (${said}).`);
      },
    );
  }
  return watch.directories.join(', ');
}
