import { z } from 'zod';

import type { Cadence } from '../domain/job.ts';
import { longestExpression } from '../schedules/check-job.ts';

const field = (min: number, max: number, names = '') =>
  z.union([z.int().min(min).max(max), z.string().regex(new RegExp(`^[0-9*,/${names}-]{1,100}$`))]).optional();

/** A cron expression, or its fields one by one. */
export const cronFields = {
  cron: z
    .string()
    .min(1)
    .max(longestExpression)
    .optional()
    .meta({ description: 'Five to seven fields, or @daily and the like; in place of the fields below.' }),
  second: field(0, 59),
  minute: field(0, 59),
  hour: field(0, 23),
  day: field(1, 31),
  month: field(1, 12, 'A-Za-z'),
  day_of_week: field(0, 7, 'A-Za-z').meta({
    description: 'As in cron: 0 and 7 are Sunday; names are taken, too.',
  }),
};

type CronFields = z.output<z.ZodObject<typeof cronFields>>;

/** Fields that were not named are `*`, or the least where a larger one was named: `{"hour": 2}` is 02:00. Null: nothing was named, or both forms. */
export function cronCadence({ cron, ...fields }: CronFields, timezone: string): Cadence | null {
  const { second, day, month, day_of_week: weekday } = fields;
  const { minute, hour } = fields;
  const named = [second, minute, hour, day, month, weekday].some((value) => value !== undefined);
  if ((cron !== undefined) === named) return null;
  if (cron !== undefined) return { kind: 'cron', expressions: [cron], timezone };
  const isDated = day !== undefined || month !== undefined || weekday !== undefined;
  const five = [...timeFields(fields, isDated), ...dateFields(fields)];
  const [minuteField, hourField] = five;
  const isDaily = !isDated && second === undefined;
  if (isDaily && typeof hourField === 'number' && typeof minuteField === 'number')
    return { kind: 'daily', times: [`${twoDigits(hourField)}:${twoDigits(minuteField)}`], timezone };
  // With a second, the year has to stand there, too.
  const all = second === undefined ? five : [second, ...five, '*'];
  return { kind: 'cron', expressions: [all.join(' ')], timezone };
}

type Named = Omit<CronFields, 'cron'>;

function timeFields({ minute, hour }: Named, isDated: boolean): (string | number)[] {
  return [minute ?? (isDated || hour !== undefined ? 0 : '*'), hour ?? (isDated ? 0 : '*')];
}

function dateFields({ day, month, day_of_week: weekday }: Named): (string | number)[] {
  return [day ?? (month !== undefined && weekday === undefined ? 1 : '*'), month ?? '*', weekday ?? '*'];
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
