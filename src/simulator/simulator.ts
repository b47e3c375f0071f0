import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

import { AppRegistration } from './app-registration.ts';
import { openServerCertificate } from './certificates.ts';
import { addControlPlane } from './control-plane.ts';
import { checkServedDirectory, mirrorDirectory } from './directory-files.ts';
import { Drive } from './drive.ts';
import { Faults } from './faults.ts';
import { HourlyFiles } from './generator/hourly-files.ts';
import { Library } from './library.ts';
import { contentHostOf } from './origins.ts';
import { type RecordedRequest, RequestLog } from './request-log.ts';
import { createServer } from './server.ts';
import { TokenSigner } from './signed-token.ts';
import { tenantFor } from './tenant.ts';
import type { World } from './world.ts';

const checkForNewHourMs = 10_000;

export interface SimulatorOptions {
  /** 0: any free port. */
  readonly port: number;
  /**
   * The name that clients reach it by, and the address that it listens on. Default `localhost`, for this machine alone;
   * with another, contents are at `content.<host>`.
   */
  readonly host?: string | undefined;
  /** Certificate and library live here, and a second start finds them again. For one process at a time. */
  readonly stateDir: string;
  /** Default 1. The same seed gives the same ids, bytes and hashes. */
  readonly seed?: number | undefined;
  /** Serve this directory's files, as they are at the start, in place of generated data. */
  readonly files?: string | undefined;
  /** Default `generated`; `none`: the library begins empty. Without meaning when `files` is given. */
  readonly datasets?: 'generated' | 'none' | undefined;
  /** Default: the computer's clock. */
  readonly now?: (() => Date) | undefined;
}

/** What a client has to be told; the names follow the settings. */
export interface Connection {
  readonly siteUrl: string;
  readonly folder: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly graphUrl: string;
  readonly authorityUrl: string;
  readonly caFile: string;
}

export interface Simulator {
  /** Of Graph and of the sign-in alike. */
  readonly url: string;
  readonly caFile: string;
  readonly connection: Connection;
  readonly app: AppRegistration;
  readonly library: Library;
  readonly faults: Faults;
  /** The latest ones. */
  readonly requests: readonly RecordedRequest[];
  /** Cuts open connections; afterwards the port is free. A second call waits for the first. */
  close(): Promise<void>;
}

/** Throws ServedDirectoryUnusable, and the system's error when the port cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  if (options.files !== undefined) checkServedDirectory(options.files);
  const { seed = 1, now = () => new Date(), host = 'localhost' } = options;
  const tenant = tenantFor(seed);
  const certificate = await openServerCertificate(join(options.stateDir, 'tls'), [host, contentHostOf(host)]);
  const drive = new Drive(tenant, join(options.stateDir, 'libraries', libraryKey(options)), now);
  const app = new AppRegistration();
  const world: World = { tenant, app, drive, now, tokens: new TokenSigner(`access ${tenant.clientSecret}`) };
  const library = new Library(drive, tenant.folderName);
  const hourly = fill(library, options, now);
  const [faults, log] = [new Faults(), new RequestLog()];
  const server = createServer({ certificate, world, faults, log });
  addControlPlane(server, {
    world,
    library,
    log,
    generate: hourly === null ? null : (request) => hourly.generate(request),
  });
  try {
    await server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port: options.port });
  } catch (error) {
    drive.close();
    throw error;
  }
  const timer = setInterval(() => hourly?.addDue(), checkForNewHourMs).unref();
  let closing: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    clearInterval(timer);
    await server.close();
    drive.close();
  }
  const { caFile } = certificate;
  const url = `https://${host}:${(server.server.address() as AddressInfo).port}`;
  const { siteUrl, tenantId, clientId, clientSecret } = tenant;
  const folder = `/${tenant.libraryUrlName}/${tenant.folderName}`;
  return {
    url,
    caFile,
    connection: {
      siteUrl,
      folder,
      tenantId,
      clientId,
      clientSecret,
      graphUrl: url,
      authorityUrl: url,
      caFile,
    },
    app,
    library,
    faults,
    requests: log.entries,
    close: () => (closing ??= shutDown()),
  };
}

/** Each kind of content has a library of its own, so that changing the options mixes nothing. */
function libraryKey({ seed = 1, files, datasets = 'generated' }: SimulatorOptions): string {
  if (files === undefined) return `${datasets}-${seed}`;
  const hash = createHash('sha256').update(resolve(files)).digest('hex').slice(0, 12);
  return `directory-${hash}-${seed}`;
}

/** Null when nothing is generated. */
function fill(library: Library, options: SimulatorOptions, now: () => Date): HourlyFiles | null {
  if (options.files !== undefined) {
    mirrorDirectory(options.files, library);
    return null;
  }
  if (options.datasets === 'none') return null;
  const hourly = new HourlyFiles(library, options.seed ?? 1, now);
  hourly.addDue();
  return hourly;
}
