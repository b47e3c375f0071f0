import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { copyFile } from '../../src/directory/copy-file.ts';
import { FileChanging, PathNotFound, PathUnreadable } from '../../src/directory/errors.ts';
import { hashFile } from '../../src/directory/hash-file.ts';

let root: string;
let source: string;
let target: string;
const content = Buffer.alloc(1_000_003, 'calls,1\n');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'charlie-copy-'));
  source = join(root, 'source.csv');
  target = join(root, 'target.part');
  await writeFile(source, content);
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

describe('copyFile', () => {
  it('copies every byte, replacing what is there, and tells its hash', async () => {
    await writeFile(target, Buffer.alloc(2_000_000));
    const copy = await copyFile(source, target);
    expect(copy).toEqual({
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it('leaves nothing when the source does not exist, and says which', async () => {
    const missing = join(root, 'missing.csv');
    await expect(copyFile(missing, target)).rejects.toThrow(PathNotFound);
    expect(await readdir(root)).toEqual(['source.csv']);
  });

  it('leaves nothing when it is aborted, and throws the reason', async () => {
    const reason = new Error('stop');
    await expect(copyFile(source, target, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await readdir(root)).toEqual(['source.csv']);
  });

  it('keeps the error of a target that cannot be written', async () => {
    await expect(copyFile(source, join(root, 'no', 'folder'))).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'open',
    });
  });
});

describe('hashFile', () => {
  it('refuses a file that grows while it is read', async () => {
    let grown = false;
    const reading = hashFile(source, undefined, async () => {
      if (!grown) await appendFile(source, 'more');
      grown = true;
    });
    await expect(reading).rejects.toThrow(FileChanging);
  });

  it('refuses a file that is rewritten with the same length while it is read', async () => {
    const reading = hashFile(source, undefined, async () => {
      await utimes(source, new Date(), new Date('2030-01-01T00:00:00Z'));
    });
    await expect(reading).rejects.toThrow(FileChanging);
  });

  it('stops between two pieces when it is aborted', async () => {
    const abort = new AbortController();
    let pieces = 0;
    const reading = hashFile(source, abort.signal, async () => {
      pieces++;
      abort.abort(new Error('stop'));
      await Promise.resolve();
    });
    await expect(reading).rejects.toThrow('stop');
    expect(pieces).toBe(1);
  });

  it('names a path that is a folder', async () => {
    await expect(hashFile(root)).rejects.toThrow(PathUnreadable);
    await expect(hashFile(root)).rejects.toMatchObject({ path: root, code: 'EISDIR' });
  });
});
