import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { Agent, fetch } from 'undici';
import { expect } from 'vitest';

import { Secret } from '../../src/settings/secret.ts';
import { SharePointError } from '../../src/sharepoint/errors.ts';
import type { RemoteFile, SharePointConnection } from '../../src/sharepoint/gateway.ts';
import { SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';

type Simulator = Awaited<ReturnType<typeof startSimulator>>;
type Timeouts = ConstructorParameters<typeof SharePointGateway>[1];
type SharedTraffic = ConstructorParameters<typeof SharePointGateway>[2];

/** A simulator of its own, a folder for downloads, and gateways to it. */
export class SimulatedSharePoint implements AsyncDisposable {
  readonly simulator: Simulator;
  /** Holds nothing at first. */
  readonly folder: string;
  readonly #root: string;
  readonly #gateways: SharePointGateway[] = [];

  private constructor(simulator: Simulator, root: string, folder: string) {
    this.simulator = simulator;
    this.#root = root;
    this.folder = folder;
  }

  static async start(): Promise<SimulatedSharePoint> {
    const root = await mkdtemp(join(tmpdir(), 'charlie-sharepoint-'));
    const simulator = await startSimulator({ port: 0, stateDir: join(root, 'state'), datasets: 'none' });
    const folder = await mkdtemp(join(root, 'downloads-'));
    return new SimulatedSharePoint(simulator, root, folder);
  }

  get stateDir(): string {
    return join(this.#root, 'state');
  }

  get connection(): SharePointConnection {
    const { tenantId, clientId, clientSecret, ...connection } = this.simulator.connection;
    const secret = new Secret(clientSecret);
    return { ...connection, signIn: { method: 'secret', tenantId, clientId, clientSecret: secret } };
  }

  /** Another application as it were: it signs in by itself. */
  gateway(
    other: Partial<SharePointConnection> = {},
    timeouts?: Timeouts,
    shared?: SharedTraffic,
  ): SharePointGateway {
    const gateway = new SharePointGateway({ ...this.connection, ...other }, timeouts, shared);
    this.#gateways.push(gateway);
    return gateway;
  }

  /** A form, without signing in; gives back the JSON of the answer. */
  async post(path: string, form: URLSearchParams): Promise<unknown> {
    const dispatcher = new Agent({ connect: { ca: readFileSync(this.simulator.caFile) } });
    const init = { method: 'POST', body: form, dispatcher };
    return await (await fetch(`${this.simulator.url}${path}`, init)).json();
  }

  async list(gateway: SharePointGateway, recursive = true): Promise<RemoteFile[]> {
    const folder = await gateway.resolveFolder();
    return await filesOf(gateway.listFiles(folder, { recursive }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gateway of this.#gateways) await gateway.close();
    await this.simulator.close();
    await rm(this.#root, { recursive: true });
  }

  /** The SharePointError that `promise` ends with, after looking for the secret and for credentials in all that it shows. */
  async failure(promise: Promise<unknown>): Promise<SharePointError> {
    const error = await promise.then(
      () => new Error('Nothing failed.'),
      (reason: unknown) => reason as Error,
    );
    if (!(error instanceof SharePointError)) throw error;
    const shown = [
      error.message,
      error.stack,
      JSON.stringify(error),
      JSON.stringify(Object.getOwnPropertyDescriptors(error)),
      inspect(error, { depth: 10, showHidden: true }),
    ].join('\n');
    expect(shown).not.toContain(this.simulator.connection.clientSecret);
    expect(shown).not.toMatch(/tempauth|Bearer|eyJ|PRIVATE KEY-|canary/);
    return error;
  }
}

export async function filesOf(pages: AsyncIterable<readonly RemoteFile[]>): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  for await (const page of pages) files.push(...page);
  return files;
}

export const wrongSecret = new Secret('wr0ng~secret.value');
