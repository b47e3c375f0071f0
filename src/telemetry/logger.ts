import { join } from 'node:path';

import { type Logger, multistream, pino, type StreamEntry } from 'pino';

import type { LogLevel } from '../settings/settings.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** Standard output, or the absolute path of a file; null: the rotated files alone. */
  readonly to: 'stdout' | (string & {}) | null;
  /** Folder of daily rotated files beside it, kept for two weeks; null: none. */
  readonly rotatedDir: string | null;
}

/**
 * The one logger: a JSON object a line, with time, level, message and the fields of the event. Names that could hold a
 * secret are redacted in the event, in its fields, and in theirs.
 */
export async function createLogger({ level, to, rotatedDir }: LogOptions): Promise<Logger> {
  const lowest = level.toLowerCase() as 'debug' | 'info' | 'warn' | 'error';
  const streams: StreamEntry[] = [];
  if (to !== null) {
    // Synchronous: a line is there when the process dies a moment later.
    const stream = pino.destination({ dest: to === 'stdout' ? 1 : to, sync: true, mkdir: true });
    streams.push({ level: lowest, stream });
  }
  if (rotatedDir !== null) streams.push({ level: lowest, stream: await rotatedFiles(rotatedDir) });
  return pino(
    {
      level: lowest,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor: '[secret]' },
    },
    multistream(streams),
  );
}

const secretNames = [
  'clientSecret',
  'client_secret',
  'password',
  'authorization',
  'Authorization',
  'token',
  'accessToken',
];
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

async function rotatedFiles(dir: string) {
  // Loaded only when it is needed: it brings five thousand files of date-fns along.
  const { default: roll } = await import('pino-roll');
  return roll({
    file: join(dir, 'charlie'),
    extension: '.log',
    frequency: 'daily',
    dateFormat: 'yyyy-MM-dd',
    mkdir: true,
    limit: { count: 14 },
  });
}
