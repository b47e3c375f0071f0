import { createHash } from 'node:crypto';
import { appendFileSync, utimesSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { FileChanging, PathNotFound, PathUnreadable } from '../../src/directory/errors.ts';
import { hashFile } from '../../src/directory/hash-file.ts';

let root: string;
let source: string;
const content = Buffer.alloc(1_000_003, 'calls,1\n');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'charlie-hash-'));
  source = join(root, 'source.csv');
  await writeFile(source, content);
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

/** The signal is asked before the file is opened and then before each piece: a test that answers can act in between. */
function betweenPieces(act: () => void): AbortSignal {
  let isOpen = false;
  function throwIfAborted(): void {
    if (isOpen) act();
    isOpen = true;
  }
  return { throwIfAborted } as AbortSignal;
}

test('tells length and hash of all bytes', async () => {
  const sha256 = createHash('sha256').update(content).digest('hex');

  await expect(hashFile(source)).resolves.toEqual({ bytes: content.length, sha256 });
});

test('refuses a file that grows while it is read', async () => {
  let grown = false;
  const grow = betweenPieces(() => {
    if (!grown) appendFileSync(source, 'more');
    grown = true;
  });

  await expect(hashFile(source, grow)).rejects.toThrow(FileChanging);
});

test('refuses a file that is rewritten with the same length while it is read', async () => {
  const rewrite = betweenPieces(() => {
    utimesSync(source, new Date(), new Date('2030-01-01T00:00:00Z'));
  });

  await expect(hashFile(source, rewrite)).rejects.toThrow(FileChanging);
});

test('stops when it is aborted, with the reason', async () => {
  const reason = new Error('stop');

  await expect(hashFile(source, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('names a path that does not exist, and one that is a folder', async () => {
  await expect(hashFile(join(root, 'missing.csv'))).rejects.toThrow(PathNotFound);
  await expect(hashFile(root)).rejects.toThrow(PathUnreadable);
  await expect(hashFile(root)).rejects.toMatchObject({ path: root, code: 'EISDIR' });
});
