import { expect, test } from 'vitest';

import { exitCodes } from '../../src/commands/command-context.ts';
import { parseTime } from '../../src/commands/schedules-command.ts';

test.each([
  ['2026-11-22', 'Europe/Berlin', '2026-11-21T23:00:00.000Z'],
  ['2026-11-22 14:05', 'Europe/Berlin', '2026-11-22T13:05:00.000Z'],
  ['2026-11-22T14:05:06+02:00', 'Europe/Berlin', '2026-11-22T12:05:06.000Z'],
  ['2028-02-29', 'UTC', '2028-02-29T00:00:00.000Z'],
  // Twice: the first time.
  ['2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  // Clocks jump over them, to 03:00 and to 01:00.
  ['2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
  ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
])('%s in %s is %s', (text, zone, instant) => {
  expect(parseTime(text, zone).toISOString()).toBe(instant);
});

test.each([
  '2026-02-30',
  '2026-02-30 06:00',
  '2026-02-30T06:00:00Z',
  '2027-02-29+01:00',
  '2026-11-22 25:00',
  'soon',
])('%s is refused by name', (text) => {
  expect(() => parseTime(text, 'Europe/Berlin')).toThrow(
    expect.objectContaining({
      exitCode: exitCodes.usage,
      message: expect.stringContaining(`"${text}" is not a time`) as string,
    }),
  );
});
