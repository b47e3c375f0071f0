import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Random } from '../../../src/simulator/generator/random.ts';
import { SimulatedSharePoint } from '../../sharepoint/simulated-sharepoint.ts';
import { findRclone, Rclone } from '../../support/rclone.ts';
import { unlessMissing } from './optional-tool.ts';

const program = await unlessMissing('rclone', findRclone);

describe.runIf(program !== null)('rclone', () => {
  let sharepoint: SimulatedSharePoint;
  let rclone: Rclone;

  beforeAll(async () => {
    sharepoint = await SimulatedSharePoint.start();
    const { driveId } = await sharepoint.gateway().resolveFolder();
    const dir = await mkdtemp(join(sharepoint.folder, 'rclone-'));
    rclone = await Rclone.in(dir, program ?? '', sharepoint.simulator.connection, driveId);
  });

  afterAll(() => sharepoint[Symbol.asyncDispose]());

  /** rclone's exit code, and what it complains of. */
  async function succeeds(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await rclone.run(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout;
  }

  async function localFile(name: string, bytes: Buffer): Promise<string> {
    const path = join(sharepoint.folder, name);
    await writeFile(path, bytes);
    return path;
  }

  function sha256(bytes: Buffer): string {
    return createHash('sha256').update(bytes).digest('hex');
  }

  test('uploads small files, also an empty one, in one request each, with the time that it gives them', async () => {
    const name = "it's 100% #1.csv";
    const local = await localFile('small.csv', Buffer.from('a,b\n1,2\n'));
    await succeeds('copyto', '--onedrive-upload-cutoff', '4M', local, `library:Reports/new/${name}`);
    await succeeds('copyto', await localFile('empty.csv', Buffer.alloc(0)), 'library:Reports/new/empty.csv');
    await succeeds('touch', '--timestamp', '2020-01-02T03:04:05', `library:Reports/new/${name}`);

    const { library } = sharepoint.simulator;
    expect(library.read(`new/${name}`).toString()).toBe('a,b\n1,2\n');
    expect(library.read('new/empty.csv')).toHaveLength(0);
    const listed = JSON.parse(await succeeds('lsjson', 'library:Reports/new')) as Record<string, unknown>[];
    expect(listed).toContainEqual(expect.objectContaining({ Name: name, ModTime: '2020-01-02T03:04:05Z' }));
  });

  test('uploads a file of several megabytes in pieces, over one that is there, without its token', async () => {
    const { library, requests } = sharepoint.simulator;
    const former = library.put('large.csv', 'a,b\n');
    const random = new Random('large');
    const bytes = Buffer.from(
      Array.from({ length: 600_000 }, () => `${random.integer(1, 1_000_000_000)}\n`).join(''),
    );
    const local = await localFile('large.csv', bytes);
    const from = requests.length;

    await succeeds('copyto', '--onedrive-chunk-size', '2560Ki', local, 'library:Reports/large.csv');

    expect(sha256(library.read('large.csv'))).toBe(sha256(bytes));
    expect(library.list().find(({ path }) => path === 'large.csv')?.id).toBe(former.id);
    const pieces = requests
      .slice(from)
      .filter(({ method, url }) => method === 'PUT' && url.includes('uploadSession'));
    expect(pieces).toHaveLength(Math.ceil(bytes.length / (2560 * 1024)));
    expect(pieces.map(({ authorized }) => authorized)).not.toContain(true);
  });

  test('makes folders, moves and renames a file without uploading it again, and deletes', async () => {
    const { library } = sharepoint.simulator;
    const { id } = library.put('here.csv', 'a\n');

    await succeeds('mkdir', 'library:Reports/folder');
    await succeeds('moveto', 'library:Reports/here.csv', 'library:Reports/folder/there.csv');
    expect(library.list().find((file) => file.id === id)?.path).toBe('folder/there.csv');

    await succeeds('deletefile', 'library:Reports/folder/there.csv');
    await succeeds('purge', 'library:Reports/folder');
    expect(library.list().map(({ path }) => path)).not.toContain('folder/there.csv');
    expect(await succeeds('lsf', '--dirs-only', 'library:Reports')).not.toContain('folder');
  });
});
