import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CopyBuffer } from '../../src/ingest/copy-buffer.ts';
import { Coverage, LinesUnaccountedFor } from '../../src/ingest/coverage.ts';
import { RunningAccount } from '../../src/ingest/file-account.ts';
import { unknownForm } from '../../src/ingest/file-form.ts';
import { LineCounter } from '../../src/ingest/line-counter.ts';
import { RecordLoader } from '../../src/ingest/record-loader.ts';
import { ScannedRecord } from '../../src/ingest/scanned-record.ts';
import type { Survey } from '../../src/ingest/survey.ts';
import { column, dataset } from './datasets.ts';

const text = fc.string({ unit: fc.constantFrom('a', '\u00fc', '\n', '\r', '\r\n', '"', '\u010d', '\u0a00') });
const cuts = fc.array(fc.nat(5), { minLength: 1, maxLength: 4 });

function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length]! + 1;
    found.push(bytes.subarray(at, at + size));
    at += size;
  }
  return found;
}

describe('physical lines', () => {
  it.each([
    ['bytes', (content: string) => Buffer.from(content)],
    ['utf-16le', (content: string) => Buffer.from(content, 'utf16le')],
    ['utf-16be', (content: string) => Buffer.from(content, 'utf16le').swap16()],
  ] as const)(
    'are counted in %s as a pattern counts them, wherever the chunks are cut',
    (encoding, encode) => {
      fc.assert(
        fc.property(text, cuts, (content, sizes) => {
          const counter = new LineCounter(encoding);
          for (const piece of pieces(encode(content), sizes)) counter.push(piece);
          const withoutLastBreak = content.replace(/(\r\n|\r|\n)$/, '');
          const expected = content === '' ? 0 : withoutLastBreak.split(/\r\n|\r|\n/).length;
          expect(counter.lines).toBe(expected);
        }),
        { numRuns: 500 },
      );
    },
  );
});

function record(start: number, end: number): ScannedRecord {
  return Object.assign(new ScannedRecord(), { bytes: Buffer.alloc(100, 0x61), start, end, lines: 1 });
}

function surveyOf(bytes: number, lines: number): Survey {
  return { encoding: { name: 'utf-8', bomLength: 0 }, bytes, lines };
}

describe('what a scanner says', () => {
  it.each<[string, (coverage: Coverage) => void]>([
    ['leaves out a byte between two records', (coverage) => void coverage.take(record(5, 9))],
    ['gives a byte twice', (coverage) => void coverage.take(record(3, 9))],
    ['gives an empty record', (coverage) => void coverage.take(record(4, 4))],
    [
      'loses bytes between two chunks',
      (coverage) => {
        coverage.push(10, 15);
      },
    ],
    [
      'ends before the file does',
      (coverage) => {
        coverage.take(record(4, 9));
        coverage.finish(2);
      },
    ],
    [
      'counts lines otherwise',
      (coverage) => {
        coverage.take(record(4, 10));
        coverage.finish(3);
      },
    ],
  ])('is refused when it %s', (_, mistake) => {
    const coverage = new Coverage(surveyOf(10, 2));
    coverage.push(10, 10);
    coverage.take(record(0, 4));
    expect(() => {
      mistake(coverage);
    }).toThrow(LinesUnaccountedFor);
  });

  it('is believed when every byte is in one record', () => {
    const coverage = new Coverage(surveyOf(13, 3));
    coverage.push(6, 6);
    expect(coverage.take(record(0, 4))).toBe(0);
    coverage.push(7, 9);
    expect(coverage.take(record(0, 3))).toBe(4);
    expect(coverage.take(record(3, 9))).toBe(7);
    coverage.finish(3);
  });
});

it.each([
  ['one line more', surveyOf(16, 5)],
  ['one line less', surveyOf(16, 3)],
  ['one byte more', surveyOf(17, 4)],
  ['one byte less', surveyOf(15, 4)],
])('A file of which the survey found %s is not loaded', (_, survey) => {
  const target = dataset([column('id', 'integer'), column('t', 'text')]);
  const loader = new RecordLoader(
    {
      dataset: target,
      fileId: 1,
      out: new CopyBuffer(),
      account: new RunningAccount(target.maxRejected),
      form: unknownForm(),
    },
    survey,
  );
  loader.push(Buffer.from('id,t\n1,"a\n"\n2,b\n'.slice(0, 16)));
  expect(() => {
    loader.finish();
  }).toThrow(LinesUnaccountedFor);
});
