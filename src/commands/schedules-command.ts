import type { Client } from '@temporalio/client';
import type { Settings } from '../settings/settings.ts';
import { isRealDay } from '../settings/time-rules.ts';
import { firstInstantOf } from '../zones/clock-changes.ts';
import { wallTime } from '../zones/zone-time.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { type ConfigOption, commandSettings } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';

export interface JobOptions extends ConfigOption {
  readonly output: string;
}

/** Runs `work` with the Temporal server of the settings. */
export async function withTemporal(
  context: CommandContext,
  options: ConfigOption,
  work: (client: Client, settings: Settings) => Promise<void>,
): Promise<void> {
  const settings = commandSettings(context, options);
  await using client = await connectTemporal(settings.temporal);
  await work(client, settings);
}

/** `2026-11-22 14:05`, as clocks of the zone show it. */
export function zoneText(iso: string, zone: string): string {
  return new Date(wallTime(zone, Date.parse(iso))).toISOString().slice(0, 16).replace('T', ' ');
}

const timeForm = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A time as a person types it; without an offset it is one of the zone: of two the first, and where clocks jump over it, when they have.
 * Throws CommandFailed.
 */
export function parseTime(text: string, zone: string): Date {
  const instant = instantOf(text, zone);
  if (!Number.isNaN(instant)) return new Date(instant);
  throw new CommandFailed(
    exitCodes.usage,
    `${JSON.stringify(text)} is not a time such as 2026-11-22, "2026-11-22 14:05" (in ${zone}) or 2026-11-22T13:05:00Z.`,
  );
}

/** NaN: it is no time. */
function instantOf(text: string, zone: string): number {
  const [, date, time = '00:00', offset] = timeForm.exec(text) ?? [];
  if (date === undefined || !isRealDay(date)) return Number.NaN;
  if (offset !== undefined) return Date.parse(`${date}T${time}${offset}`);
  const wall = Date.parse(`${date}T${time}Z`);
  return Number.isNaN(wall) ? wall : firstInstantOf(zone, wall);
}
