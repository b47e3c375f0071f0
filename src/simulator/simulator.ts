import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

import { AppRegistration } from './app-registration.ts';
import { openServerCertificate } from './certificates.ts';
import { Clock } from './clock.ts';
import { addControlPlane } from './control-plane.ts';
import { Copies } from './copies.ts';
import { checkServedDirectory, mirrorDirectory } from './directory-files.ts';
import { Drive } from './drive.ts';
import { Faults } from './faults.ts';
import { HourlyFiles } from './generator/hourly-files.ts';
import { Library } from './library.ts';
import { contentHostOf } from './origins.ts';
import { type RecordedRequest, RequestLog } from './request-log.ts';
import { createServer } from './server.ts';
import { TokenSigner } from './signed-token.ts';
import { librariesFor, type Tenant } from './tenant.ts';
import { Throttle } from './throttle.ts';
import { UploadSessions } from './upload-sessions.ts';
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
  /** Default: the computer's clock. `/sim/clock` moves it. */
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
  readonly clock: Clock;
  readonly faults: Faults;
  readonly throttle: Throttle;
  /** The latest ones. */
  readonly requests: readonly RecordedRequest[];
  /** Cuts open connections; afterwards the port is free. A second call waits for the first. */
  close(): Promise<void>;
}

/** Throws ServedDirectoryUnusable, and the system's error when the port cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  if (options.files !== undefined) checkServedDirectory(options.files);
  const { host = 'localhost' } = options;
  const clock = new Clock(options.now ?? (() => new Date()));
  const certificate = await openServerCertificate(join(options.stateDir, 'tls'), [host, contentHostOf(host)]);
  const world = openLibraries(options, () => clock.now());
  const { tenant } = world;
  const library = new Library(world.drive, tenant.folderName);
  const hourly = fill(library, options, world.now);
  const parts = { clock, faults: new Faults(), throttle: new Throttle(world.now), log: new RequestLog() };
  const server = createServer({ certificate, world, ...parts });
  addControlPlane(server, { world, library, hourly, ...parts });
  try {
    await server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port: options.port });
  } catch (error) {
    for (const { drive } of world.libraries) drive.close();
    throw error;
  }
  const timer = setInterval(() => hourly?.addDue(), checkForNewHourMs).unref();
  let closing: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    clearInterval(timer);
    await server.close();
    for (const { drive } of world.libraries) drive.close();
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
    app: world.app,
    library,
    clock,
    faults: parts.faults,
    throttle: parts.throttle,
    requests: parts.log.entries,
    close: () => (closing ??= shutDown()),
  };
}

/** Those of all sites; gives back that of the connection. */
function openLibraries(options: SimulatorOptions, now: () => Date): World {
  const [first, ...others] = librariesFor(options.seed ?? 1);
  const dir = join(options.stateDir, 'libraries', libraryKey(options));
  const app = new AppRegistration();
  const tokens = new TokenSigner(`access ${first.clientSecret}`);
  for (const { collectionPath, granted } of [first, ...others])
    if (granted) app.grants.set(collectionPath, 'write');
  const uploads = new UploadSessions(now);
  const copies = new Copies();
  const libraries: World[] = [];
  function open(tenant: Tenant, place: string): World {
    const world = {
      tenant,
      app,
      drive: new Drive(tenant, place, now),
      tokens,
      uploads,
      copies,
      now,
      libraries,
    };
    libraries.push(world);
    return world;
  }
  const home = open(first, dir);
  for (const tenant of others) open(tenant, `${dir}.${tenant.siteName}.${tenant.libraryUrlName}`);
  return home;
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
