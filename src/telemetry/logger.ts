import { isAbsolute, join } from 'node:path';

import { type Logger, pino, type TransportTargetOptions } from 'pino';

import type { LogLevel } from '../settings/settings.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines go: standard output, or a file (absolute path). `pretty` is for a person who watches. */
  readonly to: 'stdout' | 'pretty' | (string & {});
  /** Folder of daily rotated files beside it, kept for two weeks; null: none. */
  readonly rotatedDir: string | null;
}

/**
 * The one logger: a JSON object a line, with time, level, message and the fields of the event. Names that could hold a
 * secret are redacted wherever they stand.
 */
export function createLogger(options: LogOptions): Logger {
  const level = options.level.toLowerCase();
  const targets: TransportTargetOptions[] = [mainTarget(options, level)];
  if (options.rotatedDir !== null) {
    targets.push({
      target: 'pino-roll',
      level,
      options: {
        file: join(options.rotatedDir, 'charlie'),
        extension: '.log',
        frequency: 'daily',
        dateFormat: 'yyyy-MM-dd',
        mkdir: true,
        limit: { count: 14 },
      },
    });
  }
  return pino(
    {
      level,
      base: null,
      redact: { paths: secretPaths, censor: '[secret]' },
    },
    pino.transport({ targets }),
  );
}

const secretNames = ['clientSecret', 'client_secret', 'password', 'authorization', 'Authorization', 'token', 'accessToken'];
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

function mainTarget({ to }: LogOptions, level: string): TransportTargetOptions {
  if (to === 'pretty') {
    return { target: 'pino-pretty', level, options: { destination: 1, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' } };
  }
  const destination = isAbsolute(to) ? to : 1;
  return { target: 'pino/file', level, options: { destination, mkdir: true } };
}
