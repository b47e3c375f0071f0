import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing } from '../domain/is-missing.ts';
import { checkGrpcHealth } from './grpc-health.ts';
import { checkPorts } from './ports.ts';
import type { LocalServer } from './server-readiness.ts';
import { asLocalServer, waitUntilReady } from './server-readiness.ts';
import type { StopPlan } from './supervised-process.ts';
import { startSupervised, stopOrphan } from './supervised-process.ts';
import type { FoundBinary } from './temporal-binary.ts';
import { writeAtomically } from './write-atomically.ts';

const name = 'temporal';
const readyTimeoutMs = 30_000;
const stopPlan: StopPlan = { signal: 'SIGTERM', waitMs: 10_000, forced: 'SIGKILL' };

export interface TemporalServerOptions {
  readonly binary: Pick<FoundBinary, 'path' | 'version'>;
  readonly port: number;
  /** Of the Web UI; null: without it. */
  readonly uiPort: number | null;
  /** SQLite; its folder is made, readable for its owner alone. Null: in memory. */
  readonly dbFile: string | null;
  /** Absolute. */
  readonly stateDir: string;
  readonly searchAttributes: Readonly<Record<string, 'Keyword' | 'KeywordList'>>;
}

export interface LocalTemporal extends LocalServer {
  readonly address: string;
  readonly uiUrl: string | null;
}

export class TemporalFileOfOtherVersion extends Error {
  override readonly name = 'TemporalFileOfOtherVersion';

  constructor(dbFile: string, writtenBy: string, version: string) {
    super(
      `${dbFile} was written by Temporal ${writtenBy}, and the one that was found is ${version}. The development server ` +
        `cannot read the files of another release. Name a ${writtenBy} with CHARLIE_TEMPORAL_BINARY, ` +
        `or remove ${dbFile}: the jobs are made again from the settings, and what was loaded stays.`,
    );
  }
}

/**
 * Stops what an earlier run left behind, then starts the development server; it answers when this returns.
 * @throws {PortTaken} {@link PortRefused} {@link TemporalFileOfOtherVersion} {@link ServerEndedEarly} {@link ServerNotReady}
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<LocalTemporal> {
  const { binary, port, uiPort, dbFile, stateDir } = options;
  await stopLeftTemporal(stateDir);
  await checkPorts([
    { port, who: 'the Temporal server', flag: '--temporal-port' },
    ...(uiPort === null ? [] : [{ port: uiPort, who: "Temporal's Web UI", flag: '--temporal-ui-port' }]),
  ]);
  if (dbFile !== null) await checkVersionOfFile(dbFile, binary.version);
  const address = `127.0.0.1:${port}`;
  const server = await startSupervised({
    name,
    path: binary.path,
    args: serverArguments(options),
    stateDir,
    stopPlan,
  });
  await waitUntilReady(server, 'The Temporal server', readyTimeoutMs, () =>
    checkGrpcHealth(address, 'temporal.api.workflowservice.v1.WorkflowService'),
  );
  return { ...asLocalServer(server), address, uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}` };
}

/** Ends the server that a killed run left behind on this state directory. */
export async function stopLeftTemporal(stateDir: string): Promise<void> {
  await stopOrphan(stateDir, name, stopPlan);
}

function serverArguments(options: TemporalServerOptions): string[] {
  const { port, uiPort, dbFile, searchAttributes } = options;
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--log-level', 'error'],
    ...(uiPort === null ? ['--headless'] : ['--ui-port', `${uiPort}`]),
    ...(dbFile === null ? [] : ['--db-filename', dbFile]),
    ...Object.entries(searchAttributes).flatMap(([key, type]) => ['--search-attribute', `${key}=${type}`]),
  ];
}

/** A release differs in its second number: only then does the schema of the file change. */
async function checkVersionOfFile(dbFile: string, version: string): Promise<void> {
  await mkdir(dirname(dbFile), { recursive: true, mode: 0o700 });
  const release = version.split('.').slice(0, 2).join('.');
  const versionFile = `${dbFile}.version`;
  try {
    const writtenBy = (await readFile(versionFile, 'utf8')).trim();
    if (writtenBy !== release) throw new TemporalFileOfOtherVersion(dbFile, writtenBy, version);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await writeAtomically(versionFile, `${release}\n`);
  }
}
