import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { figureCell, numberOf, textCell } from '../../src/reports/cell-values.ts';

describe('a figure', () => {
  it('is a number when it comes back from one digit for digit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
        fc.nat(12),
        (digits, scale) => {
          const text = decimal(digits, scale);
          expect(numberOf(text, false)?.toFixed(scale)).toBe(text);
        },
      ),
    );
  });

  it('stays exact text when a double cannot hold it', () => {
    expect(figureCell('12345678901234567.89', false, {})).toEqual({
      value: '12345678901234567.89',
      style: {},
    });
    expect(numberOf('9007199254740993', false)).toBeNull();
    expect(numberOf(`1${'0'.repeat(400)}`, false)).toBeNull();
    expect(numberOf(`0.${'0'.repeat(400)}1`, false)).toBeNull();
    expect(numberOf('NaN', false)).toBeNull();
  });

  it('is a number in spite of its zeros', () => {
    expect(numberOf('1000000000000000000000', false)).toBe(1e21);
    expect(numberOf('-0.50000000000000000000', false)).toBe(-0.5);
    expect(numberOf('0.00', false)).toBe(0);
  });

  it('that is an average is a number however many digits the database gave it', () => {
    expect(numberOf('37.4285714285714286', true)).toBe(37.42857142857143);
  });

  it('that is the least or greatest of texts keeps its leading zeros', () => {
    expect(figureCell('00123', false, {})).toEqual({ value: '00123', style: {} });
  });

  it('that is missing leaves an empty cell', () => {
    expect(figureCell(null, false, {})).toEqual({ style: {} });
  });
});

describe('a text', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\0=1'])(
    'that begins like a formula, %j, gets the format that keeps it text when it is edited',
    (text) => {
      expect(textCell(text, {}).style?.numFmt).toBe('@');
    },
  );

  it('of any other kind keeps its style', () => {
    expect(textCell('North = South', { numFmt: 'General' }).style).toEqual({ numFmt: 'General' });
  });

  it('is cut at the length that Excel can hold', () => {
    expect(textCell('x'.repeat(40_000), {}).value).toHaveLength(32_767);
    expect(textCell('x'.repeat(32_767), {}).value).toBe('x'.repeat(32_767));
  });
});

function decimal(digits: number, scale: number): string {
  const text = String(Math.abs(digits)).padStart(scale + 1, '0');
  const sign = digits < 0 ? '-' : '';
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
