import { appendFile, chmod, copyFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { expect, inject, test } from 'vitest';

import {
  findTemporalBinary,
  findTemporalTestServer,
  TemporalNotFound,
  TemporalUnusable,
} from '../../src/local/temporal-binary.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function onProgress(): void {
  // Nobody looks.
}

async function program(folder: string, name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test('a path that is given comes before everything else', async () => {
  const folder = await temporaryFolder();
  const explicitPath = await program(folder, 'my-temporal', 'echo "temporal version 1.10.0 (Server 1.33.0)"');
  const env = { PATH: dirname(inject('temporalBinary')) };
  expect(await findTemporalBinary({ explicitPath, cacheDir: folder, env, onProgress })).toEqual({
    path: explicitPath,
    version: '1.10.0',
    origin: 'given',
  });
});

test.each([
  ['echo "temporal version 1.4.9 (Server 1.28.0)"', 'version 1.4.9'],
  ['echo "something else"', 'does not answer to --version'],
])(
  'a given program that will not do is an error, and nothing else is taken for it: %s',
  async (script, reason) => {
    const folder = await temporaryFolder();
    const explicitPath = await program(folder, 'my-temporal', script);
    const found = findTemporalBinary({ explicitPath, cacheDir: folder, env: process.env, onProgress });
    await expect(found).rejects.toThrow(TemporalUnusable);
    await expect(found).rejects.toThrow(reason);
  },
);

test('the Temporal on PATH is taken when it is recent enough', async () => {
  const folder = await temporaryFolder();
  const path = await program(folder, 'temporal', 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"');
  const options = {
    explicitPath: null,
    cacheDir: folder,
    env: { PATH: `/no/such/folder:${folder}` },
    onProgress,
  };
  expect(await findTemporalBinary(options)).toEqual({ path, version: '1.5.1', origin: 'PATH' });
});

test('when nothing is found, one paragraph says what was tried and what to do', async () => {
  const folder = await temporaryFolder();
  const old = await program(folder, 'temporal', 'echo "temporal version 0.13.2 (Server 1.24.0)"');
  const error: unknown = await findTemporalBinary({
    explicitPath: null,
    cacheDir: join(folder, 'cache'),
    env: { PATH: folder },
    onProgress,
  }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TemporalNotFound);
  const { message } = error as TemporalNotFound;
  expect(message).toContain(`${old} is 0.13.2`);
  expect(message).toContain(join(folder, 'cache'));
  expect(message).toContain('python3 -m pip: not installed; pip3: not installed; pip: not installed');
  expect(message).toContain('CHARLIE_TEMPORAL_BINARY');
  expect(message).not.toContain('\n');
});

test('a program in the cache is used as long as it is intact, and never when it was altered', async () => {
  const intact = inject('testServerBinary');
  const options = { env: { PATH: '' }, onProgress };
  expect(await findTemporalTestServer({ ...options, cacheDir: dirname(intact) })).toMatchObject({
    origin: 'cache',
  });

  const cacheDir = await temporaryFolder();
  const altered = join(cacheDir, basename(intact));
  await copyFile(intact, altered);
  await appendFile(altered, ' ');
  await expect(findTemporalTestServer({ ...options, cacheDir })).rejects.toThrow('no intact copy');
});
