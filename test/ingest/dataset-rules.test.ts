import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Column, ColumnType } from '../../src/domain/dataset.ts';
import { column, dataset, load, loadValue } from './datasets.ts';

const decimals = { kind: 'numeric', precision: null, scale: null } as const;
const state: ColumnType = { kind: 'enum', values: ['Open', 'In Arbeit', 'closed'] };

describe('the rules of a column', () => {
  it.each<[Column, string, string]>([
    [column('v', 'integer', { min: '-5', max: '10' }), '-5', '-5'],
    [column('v', 'integer', { min: '-5', max: '10' }), '-6', 'below_min'],
    [column('v', 'integer', { min: '-5', max: '10' }), '+11', 'above_max'],
    [column('v', 'bigint', { max: '9007199254740993' }), '9007199254740993', '9007199254740993'],
    [column('v', 'bigint', { max: '9007199254740993' }), '9007199254740994', 'above_max'],
    [column('v', decimals, { min: '0', max: '0.10' }), '.1', '0.1'],
    [column('v', decimals, { min: '0', max: '0.10' }), '0.1000000000000000000001', 'above_max'],
    [column('v', decimals, { min: '0', max: '0.10' }), '-0.0', '0.0'],
    [column('v', 'date', { min: '2026-01-01' }), '2025-12-31', 'below_min'],
    [column('v', 'date', { min: '2026-01-01', formats: ['D.M.YYYY'] }), '1.1.2026', '2026-01-01'],
    [
      column('v', 'timestamp', { max: '2026-01-01T00:00:00Z' }),
      '2026-01-01T01:00:00+01:00',
      '2026-01-01 00:00:00+00',
    ],
    [column('v', 'timestamp', { max: '2026-01-01T00:00:00Z' }), '2026-01-01T00:00:01Z', 'above_max'],
    [column('v', 'date', { formats: ['YYYY-MM-DD', 'D/M/YY'] }), '7/3/26', '2026-03-07'],
    [column('v', 'date', { formats: ['YYYY-MM-DD', 'D/M/YY'] }), '2026-03-07', '2026-03-07'],
    [column('v', 'date', { formats: ['YYYY-MM-DD', 'D/M/YY'] }), '7.3.26', 'not_a_date'],
    [column('v', 'text', { pattern: '[A-Z]{2}\\d+|ünknown' }), 'AB12', 'AB12'],
    [column('v', 'text', { pattern: '[A-Z]{2}\\d+|ünknown' }), 'ünknown', 'ünknown'],
    [column('v', 'text', { pattern: '[A-Z]{2}\\d+|ünknown' }), 'AB12x', 'pattern_mismatch'],
    [column('v', state), ' OPEN ', 'Open'],
    [column('v', state), 'in arbeit', 'In Arbeit'],
    [column('v', state), 'in', 'not_in_list'],
    [column('v', 'integer', { default: '7' }), '', '7'],
    [column('v', 'integer', { default: '7', required: true }), ' ', '7'],
    [column('v', 'date', { default: '2026-02-01', formats: ['D/M/YY'] }), '', '2026-02-01'],
    [column('v', state, { default: 'open' }), '', 'Open'],
    [
      column('v', 'text', { default: 'a longer text than the empty one' }),
      '',
      'a longer text than the empty one',
    ],
  ])('%j read %j as %j', async ({ type, ...rules }, text, expected) => {
    const { formats, default: fallback, min, max, pattern, required } = rules;
    expect(await loadValue(text, type, { formats, default: fallback, min, max, pattern, required })).toBe(
      expected,
    );
  });

  it('compare numbers of any size as numbers', async () => {
    const number = fc.tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(999));
    await fc.assert(
      fc.asyncProperty(number, number, async (a, b) => {
        const [value, max] = [a, b].map(
          ([sign, whole, part]) => `${sign}${whole}.${String(part).padStart(3, '0')}`,
        );
        const [left = 0n, right = 0n] = [value, max].map((text) => BigInt(text!.replace('.', '')));
        const read = await loadValue(value!, decimals, { max: max! });
        expect(read === 'above_max').toBe(left > right);
      }),
      { numRuns: 200 },
    );
  });

  it('fill in what the file has no column for', async () => {
    const target = dataset([
      column('id', 'integer'),
      column('unit', 'text', { default: 'EUR', required: true }),
    ]);
    expect((await load('id\n1\n', target)).rows).toEqual([['1', 'EUR']]);
  });
});

const people = (more: Parameters<typeof dataset>[1]) =>
  dataset([column('id', 'integer'), column('name', 'text'), column('at', 'timestamp')], {
    key: ['id'],
    ...more,
  });
const doubled =
  'id,name,at\n1,a,2026-01-01 08:00\n2,b,2026-01-01 09:00\n1,c,2026-01-01 10:00\n1,d,\n,e,\n,f,\n';

describe('rows with the same key', () => {
  it('are counted after the first', async () => {
    const { rows, account } = await load(doubled, people({}));
    expect(rows.map(([, name]) => name)).toEqual(['a', 'b', 'e', 'f']);
    expect(account).toMatchObject({ read: 6, loaded: 4, duplicate: 2, rejected: 0, superseded: [] });
  });

  it('are rejected after the first, which is named', async () => {
    const { rows, account, rejects } = await load(doubled, people({ onDuplicate: 'reject' }));
    expect(rows.map(([, name]) => name)).toEqual(['a', 'b', 'e', 'f']);
    expect(account).toMatchObject({ read: 6, loaded: 4, duplicate: 0, rejected: 2 });
    expect(rejects).toMatchObject([
      {
        line: 4,
        reason: 'duplicate_key',
        detail: 'the same key as a row before, on line 2',
        raw: '1,c,2026-01-01 10:00',
      },
      { line: 5, reason: 'duplicate_key', detail: 'the same key as a row before, on line 2' },
    ]);
  });

  it('take the place of those before where the last one counts', async () => {
    const { account } = await load(doubled, people({ onDuplicate: 'last' }));
    expect(account).toMatchObject({ read: 6, loaded: 4, duplicate: 2, rejected: 0, superseded: [2, 4] });
  });

  it('are found by the value, and not by how it is written', async () => {
    const target = dataset([column('a', decimals), column('b', decimals), column('c', 'boolean')], {
      key: ['c', 'a', 'b'],
    });
    const { account } = await load(
      'a,b,c\n1,20000,yes\n1.0,+20000.00,TRUE\n10,2000,t\n1.10,20000,t\n',
      target,
    );
    expect(account).toMatchObject({ loaded: 3, duplicate: 1 });
  });
});

describe('columns that the dataset does not list', () => {
  const content = 'id,note,,name,Note,at\n1,"a ""b""",x,Ann,,\n2,,,Bob,,\n';

  it('are ignored', async () => {
    expect((await load(content, people({}))).rows.map(([id]) => id)).toEqual(['1', '2']);
  });

  it('refuse the file', async () => {
    await expect(load(content, people({ unknownColumns: 'reject' }))).rejects.toMatchObject({
      reason: 'unknown_columns',
      detail: expect.stringContaining('note, Note') as string,
    });
  });

  it('are captured, those without a name by their place', async () => {
    const { extras } = await load(content, people({ unknownColumns: 'capture' }));
    expect(extras).toEqual([{ note: 'a "b"', 'column 3': 'x' }, null]);
  });

  it('are captured also where they have the same name, or the one that a copy would get', async () => {
    const { extras } = await load(
      'id,n,n,n (2),n,n (2)\n1,a,b,c,d,e\n',
      people({ unknownColumns: 'capture' }),
    );
    expect(extras).toEqual([{ n: 'a', 'n (2)': 'b', 'n (2) (2)': 'c', 'n (3)': 'd', 'n (2) (3)': 'e' }]);
  });

  it('do not take longer when there are tens of thousands of the same name', async () => {
    const { account } = await load(`id${',n'.repeat(60_000)}\n1${',x'.repeat(60_000)}\n`, people({}));
    expect(account.loaded).toBe(1);
  });

  it('reject the row when they hold a NUL, which jsonb does not', async () => {
    const { rows, rejects } = await load('id,what\n1,a\0b\n2,c\n', people({ unknownColumns: 'capture' }));
    expect(rows.map(([id]) => id)).toEqual(['2']);
    expect(rejects).toMatchObject([{ line: 2, reason: 'nul_character' }]);
  });

  it('are captured whatever else they hold', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((each) => !each.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
        const lines = texts.map((each, id) => `${id},"${each.replaceAll('"', '""')}"\n`);
        const { extras } = await load(`id,what\n${lines.join('')}`, people({ unknownColumns: 'capture' }));
        expect(extras).toEqual(texts.map((what) => (what === '' ? null : { what: what.toWellFormed() })));
      }),
    );
  });
});

describe('the limits of rejected rows', () => {
  const bad = (rows: number) => 'x,,\n'.repeat(rows);
  const good = (rows: number) => '1,,\n'.repeat(rows);

  it.each([
    [{ rows: 3, ratio: 1 }, bad(3), 'loaded'],
    [{ rows: 3, ratio: 1 }, bad(4), 'too_many_rejects'],
    [{ rows: 0, ratio: 1 }, bad(1), 'too_many_rejects'],
    [{ rows: 100, ratio: 0.1 }, bad(2) + good(18), 'loaded'],
    [{ rows: 100, ratio: 0.1 }, bad(3) + good(18), 'too_many_rejects'],
  ])('%j', async (maxRejected, content, expected) => {
    const loading = load(`id,name,at\n${content}`, people({ maxRejected, key: [] }));
    if (expected === 'loaded') expect((await loading).account.rejected).toBeGreaterThan(0);
    else await expect(loading).rejects.toMatchObject({ reason: expected });
  });
});
