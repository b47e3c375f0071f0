import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { columnKeys, datasetKeys } from '../../src/settings/dataset-keys.ts';
import type { SettingKey } from '../../src/settings/setting-keys.ts';
import { settingKeys } from '../../src/settings/setting-keys.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');

/** `[scheduler] enabled = true` for each row of a table below a heading that names a section. */
const documented = document
  .split(/^## /m)
  .slice(1)
  .flatMap((part) => {
    const section = /^\[[^\]]+\]/.exec(part)?.[0];
    const rows = [...part.matchAll(/^\| `(\w+)` \|[^|]+\| ([^|]+) \|[^|]+\|$/gm)];
    return rows.map(([, name, fallback]) => `${section} ${name} = ${fallback?.replaceAll('`', '')}`);
  });

function inCode(section: string, keys: Readonly<Record<string, SettingKey<unknown>>>): string[] {
  return Object.entries(keys).map(([name, { default: fallback }]) => {
    const shown =
      fallback === null ? 'not set' : fallback === undefined ? 'required' : JSON.stringify(fallback);
    return `[${section}] ${name} = ${shown}`;
  });
}

test('docs/configuration.md has every key with its default, and no other', () => {
  const expected = [
    ...Object.entries(settingKeys).flatMap(([section, keys]) => inCode(section, keys)),
    ...inCode('datasets.NAME', datasetKeys),
    ...inCode('datasets.NAME.columns', columnKeys),
  ];
  expect(documented).toEqual(expected);
});
