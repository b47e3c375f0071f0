import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { publishWorkbook, ReportDirUnusable } from '../../src/reports/publish-workbook.ts';

const name = 'hourly_20261120_1400.xlsx';
const bytes = new TextEncoder().encode('a workbook');

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
    const published = await publishWorkbook(dir, name, bytes);
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
    await publishWorkbook(base, name, bytes);
    expect(await readFile(join(base, name), 'utf8')).toBe('a workbook');
  });

  it('can be done by two attempts at once', async () => {
    const contents = Array.from({ length: 8 }, (_, i) => `workbook ${i} `.repeat(10_000));
    await Promise.all(
      contents.map((content) => publishWorkbook(base, name, new TextEncoder().encode(content))),
    );
    expect(contents).toContain(await readFile(join(base, name), 'utf8'));
    expect(await readdir(base)).toEqual([name]);
  });

  it('sweeps up what a killed attempt left behind, but not what another one is writing', async () => {
    const abandoned = join(base, `.${name}.5b0f9d3e-0c51-4f0e-9f4c-0d9d6f1b2a3c.tmp`);
    const current = join(base, `.${name}.6c1f9d3e-0c51-4f0e-9f4c-0d9d6f1b2a3c.tmp`);
    await writeFile(abandoned, 'half a work');
    await writeFile(current, 'half a work');
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(abandoned, yesterday, yesterday);
    await publishWorkbook(base, name, bytes);
    expect((await readdir(base)).map((found) => join(base, found)).sort()).toEqual(
      [current, join(base, name)].sort(),
    );
  });

  it('says which folder it cannot write to and why, and leaves nothing behind', async () => {
    const file = join(base, 'occupied');
    await writeFile(file, '');
    const failure = await publishWorkbook(join(file, 'reports'), name, bytes).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ReportDirUnusable);
    expect(failure).toMatchObject({ name: 'ReportDirUnusable', dir: join(file, 'reports') });
    expect((failure as Error).message).toMatch(/occupied\/reports.*ENOTDIR.*reports\.dir/);
  });

  it('removes its temporary file when the last step fails', async () => {
    await publishWorkbook(join(base, name), 'something inside', bytes);
    await expect(publishWorkbook(base, name, bytes)).rejects.toBeInstanceOf(ReportDirUnusable);
    expect(await readdir(base)).toEqual([name]);
  });
});
