import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { labelOf, sheetNames, uniqueHeaders } from '../../src/reports/labels.ts';

describe('sheet names', () => {
  it('are the words of the dataset', () => {
    expect(sheetNames(['calls', 'agent_productivity'], [])).toEqual(['Calls', 'Agent productivity']);
  });

  it('keep apart what becomes equal when it is cut to 31 characters', () => {
    const long = 'a_very_long_name_of_a_dataset_that_';
    expect(sheetNames([`${long}one`, `${long}two`], [])).toEqual([
      'A very long name of a dataset t',
      'A very long name of a datas (2)',
    ]);
  });

  it('leave alone what is taken, and what Excel keeps for itself', () => {
    expect(sheetNames(['summary', 'history'], ['Summary'])).toEqual(['Summary (2)', 'History (2)']);
  });

  it('are accepted by Excel whatever the datasets are called', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('a', 'b', '_', '[', ']', ':', '*', '?', '/', '\\', "'", ' ', '\0', '\ud800'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(hostile, fc.string({ unit: 'binary' }))), (names) => {
        const given = sheetNames(names, ['Summary']);
        expect(given).toHaveLength(names.length);
        expect(new Set(given.map((name) => name.toLowerCase())).size).toBe(names.length);
        for (const name of given) {
          expect(name.length).toBeGreaterThan(0);
          expect(name.length).toBeLessThanOrEqual(31);
          expect(name).not.toMatch(/[[\]:*?/\\]|\p{Cc}|^'|'$/u);
          expect(name.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});

describe('headers', () => {
  it('of one table differ, because Excel repairs a table in which two are equal', () => {
    expect(uniqueHeaders(['Team', 'team', 'Rows', 'Rows'])).toEqual(['Team', 'team (2)', 'Rows', 'Rows (2)']);
  });

  it('read as people write', () => {
    expect(labelOf('average_wait_seconds')).toBe('Average wait seconds');
  });
});
