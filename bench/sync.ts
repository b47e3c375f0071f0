import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { loadSettings } from '../src/settings/load-settings.ts';
import { configuredGateway } from '../src/sharepoint/configured-gateway.ts';
import { findRclone, Rclone, type RcloneConnection } from '../test/support/rclone.ts';
import { writeCalls } from './calls-file.ts';
import { type Figure, median, type Progress } from './figures.ts';
import { type Loader, startLoader } from './loader.ts';
import { startLocalServers } from './local-servers.ts';
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts';

const files = 1000;
/** Some ten kilobytes. */
const rowsOfFile = 120;
const rounds = 3;

/**
 * A run over a thousand new files in SharePoint, from its start to its end, with every row committed; beside it `rclone copy`
 * of the same files from the same simulator to an empty folder, as it is by default.
 */
export async function benchSync(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
  const served = join(servers.dir, 'served');
  await mkdir(served);
  for (let file = 0; file < files; file++)
    await writeCalls(join(served, `calls_${file}.csv`), rowsOfFile, { firstId: file * rowsOfFile });
  const simulator = await startSimulatorProcess(servers.dir, served);
  try {
    await using loader = await startLoader(servers, simulator.env);
    const rclone = await rcloneFor(loader, simulator, progress);
    const ours: number[] = [];
    const peers: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      ours.push(await timeSync(loader));
      if (rclone !== null) peers.push(await timeCopy(rclone, join(servers.dir, 'copied')));
      const beside = rclone === null ? '' : `, rclone copy ${peers.at(-1)?.toFixed(1)} s`;
      progress(`round ${round} of ${rounds}: ${ours.at(-1)?.toFixed(1)} s${beside}`);
    }
    const peer = rclone === null ? {} : { peer: 'rclone_copy', peerValue: median(peers) };
    return [{ name: 'sync.small_files', value: median(ours), unit: 's', ...peer }];
  } finally {
    await simulator.stop();
  }
}

async function timeSync(loader: Loader): Promise<number> {
  const { runSeconds, result } = await loader.sync();
  if (result.ingested !== files) throw new Error(`Not everything was loaded: ${JSON.stringify(result)}`);
  return runSeconds;
}

async function timeCopy(rclone: Rclone, target: string): Promise<number> {
  await rm(target, { recursive: true, force: true });
  const began = performance.now();
  const { exitCode, stderr } = await rclone.run('copy', 'library:Reports', target);
  if (exitCode !== 0) throw new Error(`rclone failed: ${stderr}`);
  return (performance.now() - began) / 1000;
}

/** Null where it cannot be had. */
async function rcloneFor(
  { dir }: Loader,
  { env }: SimulatorProcess,
  progress: Progress,
): Promise<Rclone | null> {
  let program: string;
  try {
    program = await findRclone();
  } catch (error) {
    progress(`rclone is left out: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
  const { settings } = loadSettings({ cwd: dir, env });
  const gateway = configuredGateway(settings);
  if (gateway === null) throw new Error('The simulator has not told how to reach it');
  const { driveId } = await gateway.resolveFolder();
  await gateway.close();
  return Rclone.in(dir, program, connectionOf(env), driveId);
}

function connectionOf(env: SimulatorProcess['env']): RcloneConnection {
  const given = (key: string): string => env[`CHARLIE_${key}`] ?? '';
  return {
    tenantId: given('SCHEDULER__TENANT_ID'),
    clientId: given('SCHEDULER__CLIENT_ID'),
    clientSecret: given('SCHEDULER__CLIENT_SECRET'),
    graphUrl: given('SHAREPOINT__GRAPH_URL'),
    authorityUrl: given('SHAREPOINT__AUTHORITY_URL'),
    caFile: given('SHAREPOINT__CA_FILE'),
  };
}
