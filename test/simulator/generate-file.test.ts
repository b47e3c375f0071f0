import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { datasetNames, generatedDatasets } from '../../src/simulator/generator/datasets.ts';
import {
  type GeneratedFile,
  generatedFileName,
  generateFile,
} from '../../src/simulator/generator/generate-file.ts';

const hour = new Date('2026-11-22T14:00:00Z');
const anyHour = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => new Date(date.setUTCMinutes(0, 0, 0)));

/** What an independent reader finds: column values by header, in any of the shapes. */
function read(file: GeneratedFile): Record<string, string>[] {
  const delimiter = file.bytes.toString().split('\n', 1)[0]!.includes(';') ? ';' : ',';
  return parse(file.bytes, { bom: true, columns: true, delimiter });
}

test('the same seed, dataset and hour give the same file, another one another', () => {
  const file = generateFile(1, 'calls', hour);

  expect(generateFile(1, 'calls', hour)).toEqual(file);
  expect(generateFile(2, 'calls', hour).bytes.equals(file.bytes)).toBe(false);
  expect(generateFile(1, 'calls', new Date('2026-11-22T15:00:00Z')).bytes.equals(file.bytes)).toBe(false);
});

test('an independent reader finds as many rows, bad ones and repetitions as the generator tells', () => {
  fc.assert(
    fc.property(fc.constantFrom(...datasetNames), fc.nat(1000), anyHour, (dataset, seed, at) => {
      const file = generateFile(seed, dataset, at, { rowCount: 300 });
      const rows = read(file);
      const { spoilt } = generatedDatasets[dataset];
      function isBad(row: Record<string, string>): boolean {
        return spoilt.some(([header, value]) => row[header] === value);
      }
      const good = rows.filter((row) => !isBad(row));
      const distinct = new Set(good.map((row) => JSON.stringify(row)));

      expect({
        rows: rows.length,
        badRows: rows.length - good.length,
        goodRows: distinct.size,
        duplicateRows: good.length - distinct.size,
      }).toEqual({ ...file.truth, sums: undefined });
      expect(Object.keys(rows[0] ?? {})).toEqual(generatedDatasets[dataset].headers);
    }),
    { numRuns: 60 },
  );
});

test('the sums that the generator tells are those of the good rows', () => {
  const file = generateFile(1, 'calls', hour, { rowCount: 5000 });
  const good = new Map(
    read(file)
      .filter(
        (row) => row['call_id'] !== '' && row['Duration (s)'] !== 'n/a' && row['Started At'] !== 'unknown',
      )
      .map((row) => [row['call_id'], row]),
  );
  function sum(header: string): number {
    return [...good.values()].reduce((total, row) => total + Number(row[header]), 0);
  }

  expect(good.size).toBe(file.truth.goodRows);
  expect(file.truth.sums['duration_seconds']).toBe(sum('Duration (s)'));
  expect(file.truth.sums['wait_seconds']).toBe(sum('Wait (s)'));
  expect(file.truth.sums['revenue']).toBeCloseTo(sum('Revenue'), 6);
});

test('about one row in 200 is bad, and some rows come twice', () => {
  const { truth } = generateFile(1, 'calls', hour, { rowCount: 20_000 });

  expect(truth.badRows).toBeGreaterThan(50);
  expect(truth.badRows).toBeLessThan(200);
  expect(truth.duplicateRows).toBeGreaterThan(20);
  expect(truth.duplicateRows).toBeLessThan(100);
});

test('times stay within the hour and keys are unique', () => {
  fc.assert(
    fc.property(fc.nat(100), anyHour, fc.integer({ min: 1, max: 4000 }), (seed, at, count) => {
      const rows = read(generateFile(seed, 'campaign_interactions', at, { rowCount: count }));
      const times = rows
        .map((row) => Date.parse(row['occurred_at'] ?? ''))
        .filter((time) => !Number.isNaN(time));

      expect(Math.min(...times)).toBeGreaterThanOrEqual(at.getTime());
      expect(Math.max(...times)).toBeLessThan(at.getTime() + 3_600_000);
    }),
    { numRuns: 20 },
  );
});

test('files come in the shapes that people upload: plain, with semicolons, quoted, named by hand', () => {
  const day = Array.from({ length: 48 }, (_, index) => new Date(hour.getTime() + index * 3_600_000));
  const starts = day.map((at) => generateFile(1, 'calls', at).bytes.toString().slice(0, 9));

  expect(new Set(starts)).toEqual(new Set(['call_id,S', '\uFEFFcall_id;', '\uFEFF"call_id']));
  expect(day.some((at) => /^calls \d{4}-\d\d-\d\d \d{4}\.csv$/.test(generatedFileName(1, 'calls', at)))).toBe(
    true,
  );
  expect(day.some((at) => /^calls_\d{8}_\d{4}\.csv$/.test(generatedFileName(1, 'calls', at)))).toBe(true);
});

test('comments with separators, quotation marks and line breaks survive', () => {
  const comments = new Set(
    Array.from({ length: 10 }, (_, seed) =>
      read(generateFile(seed, 'quality_scores', hour, { rowCount: 50 })),
    )
      .flat()
      .map((row) => row['comment']?.replaceAll('\r\n', '\n')),
  );

  expect(comments).toContain('Customer said "finally somebody who listens".');
  expect(comments).toContain('Talked over the customer twice.\nSee 03:10, and again 05:42.');
  expect(comments).toContain('Äußerst geduldig; sehr gut gelöst.');
});
