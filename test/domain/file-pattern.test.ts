import fc from 'fast-check';
import postgres from 'postgres';
import { describe, expect, inject, test } from 'vitest';

import { patternToRegex } from '../../src/domain/file-pattern.ts';

describe('a pattern', () => {
  test.each([
    ['calls_*.csv', 'calls_20261122.csv', true],
    ['calls_*.csv', 'calls_.csv', true],
    ['calls_*.csv', 'my calls_1.csv', false],
    ['calls_*.csv', 'calls_1.csv.bak', false],
    ['calls_*.csv', 'calls_1.csv.gz', true],
    ['calls_*.csv', 'calls_1.CSV.Zip', true],
    ['calls_*.csv', 'calls_1.csv.gz.zip', false],
    ['calls_*.csv', 'calls_1.csvzgz', false],
    ['calls_*.csv', 'calls_1.csv.gz.bak', false],
    ['CALLS_*.CSV', 'calls_1.csv', true],
    ['calls_?.csv', 'calls_1.csv', true],
    ['calls_?.csv', 'calls_.csv', false],
    ['calls_?.csv', 'calls_12.csv', false],
    ['calls_?.csv', 'calls_😀.csv', true],
    ['*', '', true],
    ['*', 'anything.at all', true],
    ['*.csv', 'two\nlines.csv', true],
    ['a.b', 'axb', false],
    ['[ab].csv', 'a.csv', false],
    ['[ab].csv', '[ab].csv', true],
    ['(a|b)+{2}^$\\d.csv', '(a|b)+{2}^$\\d.csv', true],
    ['Me\u0301xico*.csv', 'M\u00e9xico 1.csv', true],
    ['Zürich*', 'ZÜRICH.csv', true],
  ])('%j over %j: %s', (glob, name, matches) => {
    expect(inJavaScript(glob, name)).toBe(matches);
  });

  test('without a wildcard takes its own name alone', () => {
    const literal = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !/[*?]/.test(text));
    fc.assert(
      fc.property(literal, literal, (text, other) => {
        const name = text.normalize('NFC');
        expect(inJavaScript(text, name)).toBe(true);
        fc.pre(other.normalize('NFC').toLowerCase() !== name.toLowerCase());
        expect(inJavaScript(text, `${name}${other}x`)).toBe(false);
      }),
    );
  });

  test('takes whatever stands where its wildcards are', () => {
    const piece = fc.string({ unit: 'binary', maxLength: 8 });
    const one = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });
    fc.assert(
      fc.property(piece, piece, one, (before, between, single) => {
        const stem = before.replace(/[*?]/g, '_');
        fc.pre(`${stem}${between}.${single}`.normalize('NFC') === `${stem}${between}.${single}`);
        expect(inJavaScript(`${stem}*.?`, `${stem}${between}.${single}`)).toBe(true);
      }),
    );
  });

  test('means the same to Postgres, which chooses the dataset of a file', async () => {
    const ascii = 'aAbBzZ09_ .-()[]{}+^$|\\/&#~,;=!@%\'"`<>:\n\t';
    const sign = fc.constantFrom(...Array.from(`${ascii}äÄéÉßñÑøØçÇœŒжЖωΩ日本😀`));
    const name = fc.array(sign, { maxLength: 8 }).map((signs) => signs.join(''));
    const glob = fc
      .array(fc.oneof(sign, fc.constantFrom('*', '?')), { maxLength: 6 })
      .map((signs) => signs.join(''));
    const suffix = fc.constantFrom('', '', '.gz', '.ZIP', '.gz.zip', 'zgz');
    const related = fc
      .tuple(name, fc.array(fc.constantFrom('keep', '*', '?', 'swap'), { maxLength: 8 }), suffix)
      .map(([text, changes, end]): [string, string] => [blur(text, changes), text + end]);
    const pairs = fc.sample(fc.oneof(fc.tuple(glob, name), related), { numRuns: 3000 });

    const sql = postgres(inject('postgresUrl'), { max: 1 });
    try {
      const regexes = pairs.map(([pattern]) => patternToRegex(pattern));
      const names = pairs.map(([, text]) => text.normalize('NFC'));
      const rows = await sql<{ matches: boolean }[]>`
        select name ~* regex as matches
        from unnest(${regexes}::text[], ${names}::text[]) with ordinality as pair (regex, name, turn) order by turn`;
      const differing = pairs.filter(
        ([pattern, text], index) => inJavaScript(pattern, text) !== rows[index]!.matches,
      );
      expect(differing).toEqual([]);
      const matching = rows.filter(({ matches }) => matches).length;
      expect(matching).toBeGreaterThan(100);
      expect(rows.length - matching).toBeGreaterThan(100);
    } finally {
      await sql.end();
    }
  });
});

function inJavaScript(glob: string, name: string): boolean {
  return new RegExp(patternToRegex(glob), 'isu').test(name.normalize('NFC'));
}

/** A pattern that was made from a name and often matches it. */
function blur(name: string, changes: readonly ('keep' | '*' | '?' | 'swap')[]): string {
  return Array.from(name, (sign, index) => {
    const change = changes[index % Math.max(changes.length, 1)] ?? 'keep';
    if (change === 'keep') return sign;
    if (change === 'swap') return sign === sign.toUpperCase() ? sign.toLowerCase() : sign.toUpperCase();
    return change;
  }).join('');
}
