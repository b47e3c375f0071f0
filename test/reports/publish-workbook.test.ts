import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { publishWorkbook, ReportDirUnusable } from '../../src/reports/publish-workbook.ts';

const name = 'hourly_20261120_1400.xlsx';
const bytes = new TextEncoder().encode('a workbook');
const attempt = { of: 'run-1', number: 1 };

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'publish-'));
});
afterEach(async () => {
  await rm(base, { recursive: true });
});

describe('publishing a workbook', () => {
  it('makes the folder, puts the file there and nothing beside it, and says what it wrote', async () => {
    const dir = join(base, 'a folder', 'reports');
    const published = await publishWorkbook(dir, name, bytes, attempt);
    expect(published).toEqual({
      path: join(dir, name),
      sha256: createHash('sha256').update('a workbook').digest('hex'),
      bytes: 10,
    });
    expect(await readdir(dir)).toEqual([name]);
    expect(await readFile(published.path, 'utf8')).toBe('a workbook');
  });

  it('replaces the file of an earlier attempt whole, and never writes into it', async () => {
    await writeFile(join(base, name), 'a longer workbook of an earlier attempt');
    await publishWorkbook(base, name, bytes, attempt);
    expect(await readFile(join(base, name), 'utf8')).toBe('a workbook');
  });

  it('can be done by two runs at once', async () => {
    const contents = Array.from({ length: 8 }, (_, i) => `workbook ${i} `.repeat(10_000));
    await Promise.all(
      contents.map((content, i) =>
        publishWorkbook(base, name, new TextEncoder().encode(content), { of: `run-${i}`, number: 1 }),
      ),
    );
    expect(contents).toContain(await readFile(join(base, name), 'utf8'));
    expect(await readdir(base)).toEqual([name]);
  });

  it('removes at once what an earlier attempt of it left behind', async () => {
    await writeFile(join(base, `.${name}.run-1.1.tmp`), 'half a work');
    await publishWorkbook(base, name, bytes, { of: 'run-1', number: 2 });
    expect(await readdir(base)).toEqual([name]);
  });

  it('leaves alone what a later attempt of it is writing', async () => {
    await writeFile(join(base, `.${name}.run-1.12.tmp`), 'half a work');
    await publishWorkbook(base, name, bytes, { of: 'run-1', number: 2 });
    expect(await readdir(base)).toContain(`.${name}.run-1.12.tmp`);
  });

  it('sweeps up what a killed run left behind, but not what another one is writing', async () => {
    const abandoned = join(base, `.${name}.run-2.1.tmp`);
    const current = join(base, `.${name}.run-10.1.tmp`);
    await writeFile(abandoned, 'half a work');
    await writeFile(current, 'half a work');
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(abandoned, yesterday, yesterday);
    await publishWorkbook(base, name, bytes, attempt);
    expect((await readdir(base)).map((found) => join(base, found)).sort()).toEqual(
      [current, join(base, name)].sort(),
    );
  });

  it('says which folder it cannot write to and why, and leaves nothing behind', async () => {
    const file = join(base, 'occupied');
    await writeFile(file, '');
    const failure = await publishWorkbook(join(file, 'reports'), name, bytes, attempt).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ReportDirUnusable);
    expect(failure).toMatchObject({ name: 'ReportDirUnusable', dir: join(file, 'reports') });
    expect((failure as Error).message).toMatch(/occupied\/reports.*ENOTDIR.*reports\.dir/);
  });

  it('removes its temporary file when the last step fails', async () => {
    await publishWorkbook(join(base, name), 'something inside', bytes, attempt);
    await expect(publishWorkbook(base, name, bytes, attempt)).rejects.toBeInstanceOf(ReportDirUnusable);
    expect(await readdir(base)).toEqual([name]);
  });
});
