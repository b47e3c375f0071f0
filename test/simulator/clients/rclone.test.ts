import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { SimulatedSharePoint } from '../../sharepoint/simulated-sharepoint.ts';
import { findRclone, Rclone } from '../../support/rclone.ts';
import { unlessMissing } from './optional-tool.ts';

const program = await unlessMissing('rclone', findRclone);

/** More than a page of rclone's, which asks for the most that there is: 1,000. */
const many = Array.from({ length: 1250 }, (_, number) => `many/sales ${number}.csv`);
const oddNames = ["it's 100%.csv", 'a#b+c&d.csv', 'Zürich; 東京/#1/%25 [x].csv', 'empty.csv'];
const files = new Map(
  [...many, ...oddNames].map((path, number) => [
    path,
    path === 'empty.csv' ? '' : `id,path\n${number},${path}\n`,
  ]),
);

describe.runIf(program !== null)('rclone', () => {
  let sharepoint: SimulatedSharePoint;
  let rclone: Rclone;
  let asked: number;

  beforeAll(async () => {
    sharepoint = await SimulatedSharePoint.start();
    for (const [path, content] of files) sharepoint.simulator.library.put(path, content);
    rclone = await rcloneWith(sharepoint.simulator.connection.clientSecret);
  });

  beforeEach(() => {
    asked = sharepoint.simulator.requests.length;
  });

  afterAll(() => sharepoint[Symbol.asyncDispose]());

  async function rcloneWith(clientSecret: string): Promise<Rclone> {
    const { driveId } = await sharepoint.gateway().resolveFolder();
    const connection = { ...sharepoint.simulator.connection, clientSecret };
    const dir = await mkdtemp(join(sharepoint.folder, 'rclone-'));
    return Rclone.in(dir, program ?? '', connection, driveId);
  }

  function requests(): string[] {
    return sharepoint.simulator.requests.slice(asked).map(({ method, url }) => `${method} ${url}`);
  }

  /** What the library holds, as files of the disk. */
  async function localCopy(): Promise<string> {
    const dir = join(sharepoint.folder, 'expected');
    for (const [path, content] of files) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), content);
    }
    return dir;
  }

  test('lists every file, page by page', async () => {
    const { stdout, stderr } = await rclone.run('lsf', '--recursive', '--files-only', 'library:Reports');

    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n').sort()).toEqual([...files.keys()].sort());
    expect(requests().filter((request) => request.includes('skiptoken'))).toHaveLength(1);
  });

  test('lists every file by delta', async () => {
    const args = ['--recursive', '--files-only', '--onedrive-delta'];
    const { stdout, stderr } = await rclone.run('lsf', ...args, 'library:Reports');

    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n').sort()).toEqual([...files.keys()].sort());
    expect(requests().filter((request) => /\/delta\b/.test(request)).length).toBeGreaterThan(1);
    expect(requests().filter((request) => /\/children\b/.test(request))).toEqual([]);
  });

  test('reads the bytes of files of every name, whole and in part', async () => {
    const target = join(sharepoint.folder, 'read');
    const { stderr, exitCode } = await rclone.run('copy', '--exclude', 'many/**', 'library:Reports', target);
    const name = "it's 100%.csv";
    const part = await rclone.run('cat', '--offset', '3', '--count', '4', `library:Reports/${name}`);

    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    for (const path of oddNames) expect(await readFile(join(target, path), 'utf8')).toBe(files.get(path));
    expect(part.stdout).toBe('path');
    const downloads = sharepoint.simulator.requests
      .slice(asked)
      .filter(({ url }) => url.includes('download.aspx'));
    expect(downloads.map(({ authorized }) => authorized)).not.toContain(true);
    expect(downloads.map(({ status }) => status)).toContain(206);
  });

  test('finds every quickXorHash right, and the one of a file that differs in a byte', async () => {
    const dir = await localCopy();
    const same = await rclone.run('check', 'library:Reports', dir);
    await writeFile(join(dir, many[7]!), files.get(many[7]!)!.replace(/\n$/, ';'));
    const different = await rclone.run('check', 'library:Reports', dir);

    expect(same.exitCode).toBe(0);
    expect(same.stderr).toContain(`${files.size} matching files`);
    // SharePoint has none of an empty file.
    expect(same.stderr).toContain('1 hashes could not be checked');
    expect(different.exitCode).toBe(1);
    expect(different.stderr).toContain(`${many[7]}: quickxor differ`);
    expect(requests().filter((request) => request.includes('download.aspx'))).toEqual([]);
  });

  test('is refused with a wrong secret, and told why', async () => {
    const stranger = await rcloneWith('wr0ng~secret.value');

    const { exitCode, stderr } = await stranger.run('lsf', 'library:Reports');

    expect(exitCode).toBe(1);
    expect(stderr).toContain('invalid_client');
    expect(stderr).not.toContain('wr0ng~secret.value');
  });
});
