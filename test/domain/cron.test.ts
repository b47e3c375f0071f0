import { describe, expect, test } from 'vitest';

import { hasFixedHours } from '../../src/domain/calendar.ts';
import { CronInvalid, type ParsedCron, parseCron } from '../../src/domain/cron.ts';

function calendar(expression: string): Extract<ParsedCron, { calendar: unknown }>['calendar'] {
  const parsed = parseCron(expression);
  if (!('calendar' in parsed)) throw new Error(`${expression} is no calendar`);
  return parsed.calendar;
}

describe('a cron expression', () => {
  test('of five fields is minute, hour, day of the month, month, day of the week', () => {
    expect(calendar('5 6 7 8 2')).toMatchObject({
      seconds: [0],
      minutes: [5],
      hours: [6],
      daysOfMonth: [7],
      months: [8],
      daysOfWeek: [2],
      years: null,
    });
  });

  test('of six ends with the year, of seven begins with the second', () => {
    expect(calendar('5 6 7 8 2 2027')).toMatchObject({ seconds: [0], minutes: [5], years: [2027] });
    expect(calendar('30 5 6 7 8 2 2027-2029')).toMatchObject({
      seconds: [30],
      minutes: [5],
      years: [2027, 2028, 2029],
    });
  });

  test.each([
    ['*/20 * * * *', 'minutes', [0, 20, 40]],
    ['5/20 * * * *', 'minutes', [5, 25, 45]],
    ['10-20/5 * * * *', 'minutes', [10, 15, 20]],
    ['30,10,10 * * * *', 'minutes', [10, 30]],
    ['0 0 * * mon-FRI', 'daysOfWeek', [1, 2, 3, 4, 5]],
    ['0 0 * * 7', 'daysOfWeek', [0]],
    ['0 0 * * 5-7', 'daysOfWeek', [0, 5, 6]],
    ['0 0 ? * *', 'daysOfMonth', Array.from({ length: 31 }, (_, index) => index + 1)],
    ['0 0 1 JAN,jul *', 'months', [1, 7]],
  ] as const)('%s has the %s %j', (expression, field, values) => {
    expect(calendar(expression)[field]).toEqual(values);
  });

  test('has fixed hours unless it takes every one of them', () => {
    expect(['0 * * * *', '0 */1 * * *', '0 0-23 * * *'].map((each) => hasFixedHours(calendar(each)))).toEqual(
      [false, false, false],
    );
    expect(['0 */2 * * *', '*/5 2 * * *'].map((each) => hasFixedHours(calendar(each)))).toEqual([true, true]);
  });

  test('may be a name, and may have a comment', () => {
    expect(calendar('@weekly')).toMatchObject({ minutes: [0], hours: [0], daysOfWeek: [0] });
    expect(calendar('0 6 * * * # before the doors open')).toMatchObject({ comment: 'before the doors open' });
    expect(calendar('0 6 * * *')).toMatchObject({ comment: '0 6 * * *' });
  });

  test('may be an interval with an offset', () => {
    expect(parseCron('@every 90m')).toEqual({ interval: { seconds: 5400, offsetSeconds: 0 } });
    expect(parseCron('@every 1h30m/10m # past')).toEqual({ interval: { seconds: 5400, offsetSeconds: 600 } });
  });

  test.each([
    ['', '0 fields'],
    ['0 6 * *', '4 fields'],
    ['60 6 * * *', 'minute "60" is not 0 to 59'],
    ['0 24 * * *', 'hour "24" is not 0 to 23'],
    ['0 0 0 * *', 'day of the month "0" is not 1 to 31'],
    ['0 0 * foo *', 'month "foo" is not 1 to 12, or JAN and its like'],
    ['0 0 * * 8', 'day of the week "8" is not 0 to 7'],
    ['0 0 * * 5-1', 'runs backwards'],
    ['*/0 * * * *', 'minute "*/0"'],
    ['1--2 * * * *', 'minute "1--2"'],
    ['0 0 * * * 1999', 'year "1999" is not 2000 to 2100'],
    ['@fortnightly', '@fortnightly is not one of @yearly'],
    ['@every soon', 'a duration such as 90m'],
    ['@every 1h/1h', 'shorter than the interval'],
    ['CRON_TZ=Europe/Berlin 0 6 * * *', 'belongs into timezone'],
  ])('%j is refused: %s', (expression, said) => {
    expect(() => parseCron(expression)).toThrow(CronInvalid);
    expect(() => parseCron(expression)).toThrow(said);
  });
});
