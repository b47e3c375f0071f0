import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { expect, test } from 'vitest';

import { dateFormatProblem } from '../../src/domain/date-format.ts';
import { compileFormat } from '../../src/ingest/date-format.ts';
import { effectiveValues, toToml } from '../../src/settings/effective-values.ts';
import { loadToml, problemsOfToml } from './settings-folder.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((each) => each.trim() !== '');
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Chicago', 'Asia/Kolkata', 'Pacific/Apia');

const scheduler = fc.record({
  enabled: fc.boolean(),
  log_level: fc.constantFrom('DEBUG', 'INFO', 'WARN', 'ERROR'),
  max_retries: fc.integer({ min: 0, max: 9 }),
  retry_delay_seconds: fc.integer({ min: 0, max: 86_400 }),
  sharepoint_site_url: word.map((name) => `https://t.sharepoint.com/sites/${name}`),
  sharepoint_folder: fc.array(word, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`),
  ingestion_dir: word.map((name) => `/data/${name}`),
  client_id: text,
  client_secret: text,
  tenant_id: text,
  interval_minutes: fc.integer({ min: 60, max: 10_080 }),
  quad_daily_times: fc.uniqueArray(time, { maxLength: 5 }),
  timezone: zone,
  allow_overlap: fc.boolean(),
  overlap_policy: fc.constantFrom('skip', 'queue'),
  shutdown_timeout_seconds: fc.integer({ min: 0, max: 86_400 }),
  jitter_seconds: fc.integer({ min: 0, max: 3600 }),
});

const column = fc.record({
  type: fc.constantFrom(
    'text',
    'integer',
    'bigint',
    'numeric',
    'numeric(12,2)',
    'boolean',
    'date',
    'timestamp',
  ),
  required: fc.boolean(),
});
const dataset = fc
  .dictionary(word, column, { minKeys: 1, maxKeys: 6, noNullPrototype: true })
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      key: fc.subarray(Object.keys(columns)),
      group_by: fc.subarray(Object.keys(columns)),
      enabled: fc.boolean(),
      timezone: zone,
    }),
  );
const datasets = fc
  .dictionary(word, dataset, { maxKeys: 3, noNullPrototype: true })
  .map((all) =>
    Object.fromEntries(
      Object.entries(all).map(([name, each]) => [name, { ...each, patterns: [`${name}_*.csv`] }]),
    ),
  );

test('Valid settings that are written as TOML read back the same', () => {
  fc.assert(
    fc.property(scheduler, datasets, (written, writtenDatasets) => {
      const { settings } = loadToml(stringify({ scheduler: written, datasets: writtenDatasets }));
      const read = Object.entries(settings.scheduler).map(([name, value]) => [
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        name === 'clientSecret' ? settings.scheduler.clientSecret?.reveal() : (value as unknown),
      ]);
      expect(Object.fromEntries(read)).toEqual(written);
      expect(settings.datasets.map(({ name }) => name)).toEqual(Object.keys(writtenDatasets));
      for (const each of settings.datasets) {
        const { columns, key, group_by: groupBy, enabled, timezone, patterns } = writtenDatasets[each.name]!;
        expect(each).toMatchObject({ key, groupBy, enabled, timezone, patterns });
        expect(each.columns.map(({ name, required }) => [name, required])).toEqual(
          Object.entries(columns).map(([name, { required }]) => [name, required]),
        );
      }
    }),
    { numRuns: 50 },
  );
});

test('What `config show` prints is a settings file that means the same, secrets aside', () => {
  fc.assert(
    fc.property(scheduler, datasets, (written, writtenDatasets) => {
      const loaded = loadToml(stringify({ scheduler: written, datasets: writtenDatasets }));
      const again = loadToml(effectiveValues(loaded).map(toToml).join('\n'));
      expect(JSON.stringify(again.settings)).toEqual(JSON.stringify(loaded.settings));
    }),
    { numRuns: 50 },
  );
});

test('A date format is accepted exactly when files can be read with it', () => {
  const token = fc.constantFrom(
    'YYYY',
    'YY',
    'MM',
    'M',
    'DD',
    'D',
    'HH',
    'hh',
    'mm',
    's',
    'A',
    '-',
    '/',
    ' ',
    'é',
    'T',
    '~',
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.array(token, { maxLength: 8 }), fc.shuffledSubarray(['YYYY', 'MM', 'DD', 'H', ' '])),
      (tokens) => {
        const format = tokens.join('');
        expect(dateFormatProblem(format) === null).toBe(canCompile(format));
      },
    ),
    { numRuns: 500 },
  );
});

test('No text at all makes the loader fail in another way than by its list of problems', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        word.map((name) => `[scheduler]\n${name} = 1`),
      ),
      (toml) => {
        expect(Array.isArray(problemsOfToml(toml))).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

function canCompile(format: string): boolean {
  try {
    compileFormat(format);
    return true;
  } catch {
    return false;
  }
}
