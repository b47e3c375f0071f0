import { homedir } from 'node:os';
import { join } from 'node:path';

import searchAttributes from '../../temporal-config/search-attributes.json' with { type: 'json' };
import { PortTaken } from '../local/ports.ts';
import { startPostgres } from '../local/postgres-server.ts';
import type { LocalServer } from '../local/server-readiness.ts';
import { claimStateDirectory } from '../local/single-instance.ts';
import { prepareStateDirectory } from '../local/state-directory.ts';
import type { ServerExit } from '../local/supervised-process.ts';
import { findTemporalBinary } from '../local/temporal-binary.ts';
import { startTemporalServer } from '../local/temporal-server.ts';
import { unlimitedUnits } from '../simulator/connection-variables.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { keepHistory } from '../temporal/keep-history.ts';
import type { StepLines } from './step-lines.ts';

export interface LocalStackOptions {
  /** Absolute. */
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the settings leave to us; the rest is somebody's own. */
  readonly needs: { readonly temporal: boolean; readonly postgres: boolean; readonly simulator: boolean };
  readonly ports: {
    readonly temporal: number;
    readonly temporalUi: number;
    readonly postgres: number;
    readonly simulator: number;
  };
  readonly steps: StepLines;
}

/** The servers that `charlie up` brings itself. */
export class LocalStack {
  readonly #servers: LocalServer[] = [];
  #simulator: Simulator | null = null;
  #releaseSimulator: () => Promise<void> = () => Promise.resolve();
  #temporalUi: string | null = null;
  /** By dotted key: what the settings must say so that these servers are used. */
  readonly settings: Record<string, string> = {};

  /** Starts what is needed, side by side. When one fails, the others are stopped. */
  static async start(options: LocalStackOptions): Promise<LocalStack> {
    const stack = new LocalStack();
    const { needs } = options;
    const started = await Promise.allSettled([
      needs.temporal ? stack.#startTemporal(options) : null,
      needs.postgres ? stack.#startPostgres(options) : null,
      needs.simulator ? stack.#startSimulator(options) : null,
    ]);
    const failed = started.find((start) => start.status === 'rejected');
    if (failed === undefined) return stack;
    await stack.stop();
    throw failed.reason;
  }

  get temporalUiUrl(): string | null {
    return this.#temporalUi;
  }

  get simulatorUrl(): string | null {
    return this.#simulator?.url ?? null;
  }

  /** Settles when a server ends that nobody stopped. */
  async unexpectedExit(): Promise<ServerExit> {
    const exits = this.#servers.map(async ({ exited }) => {
      const exit = await exited;
      return exit.requested ? new Promise<never>(() => undefined) : exit;
    });
    return Promise.race([...exits, new Promise<never>(() => undefined)]);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.map((server) => server.stop()), this.#simulator?.close()]);
    await this.#releaseSimulator();
  }

  /** At once: for the second Ctrl-C. */
  kill(): void {
    for (const server of this.#servers) server.kill();
  }

  async #startTemporal({ env, stateDir, ports, steps }: LocalStackOptions): Promise<void> {
    const binary = await findTemporalBinary({
      explicitPath: env['CHARLIE_TEMPORAL_BINARY'] ?? null,
      cacheDir: join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'charlie-reporting'),
      env,
      onProgress: (message) => {
        steps.note(message);
      },
    });
    const server = await startTemporalServer({
      binary,
      port: ports.temporal,
      uiPort: ports.temporalUi,
      dbFile: join(stateDir, 'temporal', 'temporal.db'),
      stateDir,
      searchAttributes: searchAttributes as Record<string, 'Keyword' | 'KeywordList'>,
    });
    this.#servers.push(server);
    await keepHistory(server.address, 'default');
    this.#temporalUi = server.uiUrl;
    this.settings['temporal.address'] = server.address;
    steps.done('Temporal', `${binary.version}, ${server.address}`);
  }

  async #startPostgres({ stateDir, ports, steps }: LocalStackOptions): Promise<void> {
    const server = await startPostgres({
      stateDir,
      port: ports.postgres,
      onProgress: (message) => {
        steps.note(message);
      },
    });
    this.#servers.push(server);
    this.settings['database.url'] = server.url;
    steps.done('Postgres', `127.0.0.1:${ports.postgres}`);
  }

  async #startSimulator({ stateDir, ports, steps }: LocalStackOptions): Promise<void> {
    const need = { port: ports.simulator, who: 'the SharePoint simulator', flag: '--simulator-port' };
    const own = join(stateDir, 'simulator');
    await prepareStateDirectory(own);
    this.#releaseSimulator = await claimStateDirectory(own);
    const simulator = await startSimulator({ port: ports.simulator, stateDir: own }).catch(
      (error: unknown) => {
        throw error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
          ? new PortTaken(need)
          : error;
      },
    );
    this.#simulator = simulator;
    const { connection } = simulator;
    Object.assign(this.settings, {
      'scheduler.sharepoint_site_url': connection.siteUrl,
      'scheduler.sharepoint_folder': connection.folder,
      'scheduler.tenant_id': connection.tenantId,
      'scheduler.client_id': connection.clientId,
      'scheduler.client_secret': connection.clientSecret,
      'sharepoint.graph_url': connection.graphUrl,
      'sharepoint.authority_url': connection.authorityUrl,
      'sharepoint.ca_file': connection.caFile,
      'generate.endpoints': `${simulator.url}/sim/generate/all`,
      'sharepoint.resource_units_per_minute': unlimitedUnits,
    });
    steps.done('SharePoint', `simulator at ${simulator.url}`);
  }
}
