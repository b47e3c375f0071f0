import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch, type Response } from 'undici';
import { onTestFinished } from 'vitest';

import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts';

/** An empty folder that goes away with the test. */
export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'charlie-simulator-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A simulator with an empty library that ends with the test. */
export async function testSimulator(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const stateDir = options.stateDir ?? (await temporaryDir());
  const simulator = await startSimulator({ port: 0, datasets: 'none', ...options, stateDir });
  onTestFinished(() => simulator.close());
  return simulator;
}

interface Init {
  readonly method?: string;
  readonly body?: string | Uint8Array | URLSearchParams | null;
  readonly headers?: Record<string, string>;
}

/** Plain HTTP requests that trust the simulator's authority; addresses without a host go to it, signed in. */
export class HttpClient {
  readonly #simulator: Simulator;
  readonly #agent: Agent;
  #token: string | undefined;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#agent = new Agent({ connect: { ca: readFileSync(simulator.caFile) } });
  }

  async raw(url: string, init: Init = {}): Promise<Response> {
    const { href } = new URL(url, this.#simulator.url);
    return await fetch(href, { redirect: 'manual', ...init, dispatcher: this.#agent });
  }

  /** With an access token; `path` follows `/v1.0`, or is a whole address. */
  async graph(path: string, init: Init = {}): Promise<Response> {
    this.#token ??= await this.signIn();
    const url = path.startsWith('https:') ? path : `/v1.0${path}`;
    return await this.raw(url, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${this.#token}` },
    });
  }

  async json<T>(path: string, init: Init = {}): Promise<T> {
    const response = await this.graph(path, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async signIn(form: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<string> {
    const response = await this.token(form, headers);
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  }

  async token(
    form: Record<string, string | undefined> = {},
    headers: Record<string, string> = {},
    tenantId = this.#simulator.connection.tenantId,
  ): Promise<Response> {
    const { clientId, clientSecret } = this.#simulator.connection;
    const fields: Record<string, string | undefined> = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'https://graph.microsoft.com/.default',
      ...form,
    };
    const given = Object.entries(fields).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const body = new URLSearchParams(given);
    return await this.raw(`/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body, headers });
  }
}

export interface GraphItem {
  id: string;
  name: string;
  eTag?: string;
  cTag?: string;
  size: number;
  file?: { mimeType: string; hashes: { quickXorHash?: string } };
  folder?: { childCount: number };
  deleted?: { state: string };
  parentReference: { id?: string; path?: string; driveId: string; driveType: string };
  lastModifiedDateTime: string;
  '@microsoft.graph.downloadUrl'?: string;
}

export interface GraphPage {
  value: GraphItem[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

/** The library's address in Graph, as a client finds it. */
export async function driveOf(client: HttpClient): Promise<string> {
  const site = await client.json<{ id: string }>('/sites/contoso.sharepoint.com:/sites/ContactCentre');
  const drives = await client.json<{ value: { id: string }[] }>(`/sites/${site.id}/drives`);
  return `/drives/${drives.value[0]!.id}`;
}
