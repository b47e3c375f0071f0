import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { IngestionDirUnusable } from '../../src/directory/errors.ts';
import { placeOf, prepareIngestionDir } from '../../src/directory/ingestion-dir.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function settingsOf(ingestionDir: string): Settings {
  return { scheduler: { ingestionDir }, sync: { runTimeoutMinutes: 60 } } as Settings;
}

test('whoever asks at the same moment is told the same place, and whoever asks later, too', async () => {
  const dir = join(await temporaryFolder(), 'incoming');

  const answers = await Promise.all(Array.from({ length: 100 }, () => placeOf(dir)));

  expect(answers[0]).toMatch(/^[0-9a-f]{8}$/);
  expect(new Set(answers).size).toBe(1);
  expect(await placeOf(dir)).toBe(answers[0]);
  expect(await readdir(join(dir, '.sync'))).toEqual(['place']);
});

test('two folders are two places', async () => {
  const [one, other] = [await temporaryFolder(), await temporaryFolder()];
  expect(await placeOf(one)).not.toBe(await placeOf(other));
});

test('what was left half-done long ago is cleared; what is younger than two runs, and the place, stay', async () => {
  const dir = await temporaryFolder();
  const place = await placeOf(dir);
  const age = (name: string, minutes: number) => {
    const time = new Date(Date.now() - minutes * 60_000);
    return utimes(join(dir, '.sync', name), time, time);
  };
  for (const name of ['old', 'young']) await writeFile(join(dir, '.sync', name), 'half a fi');
  await mkdir(join(dir, '.sync/place-old'));
  await age('old', 121);
  await age('place-old', 121);
  await age('young', 119);
  await age('place', 100_000);

  await prepareIngestionDir(settingsOf(dir));

  expect((await readdir(join(dir, '.sync'))).toSorted()).toEqual(['place', 'young']);
  expect(await placeOf(dir)).toBe(place);
});

test('a folder that cannot be made is named, with what was said and what to do', async () => {
  const dir = join(await temporaryFolder(), 'taken');
  await writeFile(dir, 'a file');

  const refusal = await prepareIngestionDir(settingsOf(join(dir, 'incoming'))).catch(
    (error: unknown) => error,
  );

  expect(refusal).toBeInstanceOf(IngestionDirUnusable);
  expect((refusal as Error).message).toMatch(
    /taken\/incoming, cannot be .* \(ENOTDIR.*Set scheduler\.ingestion_dir/,
  );
  await expect(placeOf(join(dir, 'incoming'))).rejects.toThrow(IngestionDirUnusable);
});
