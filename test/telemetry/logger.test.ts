import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { Secret } from '../../src/settings/secret.ts';
import type { LogLevel } from '../../src/settings/settings.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { temporalLogger } from '../../src/telemetry/temporal-logger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Setup {
  readonly logger: Awaited<ReturnType<typeof createLogger>>;
  readonly lines: () => Promise<Record<string, unknown>[]>;
}

async function logTo(level: LogLevel = 'INFO'): Promise<Setup> {
  const file = join(await temporaryFolder(), 'logs', 'charlie.log');
  const logger = await createLogger({ level, to: file, rotatedDir: null });
  return { logger, lines: async () => parse(await readFile(file, 'utf8')) };
}

describe('a line', () => {
  test('is one JSON object with an ISO time, the name of its level, the message and the fields of the event', async () => {
    const { logger, lines } = await logTo();
    const before = Date.now();
    logger.info({ stage: 'ingest', file: 'calls "1"\n.csv', rows: 12 }, 'File ingested');
    logger.error({ err: new TypeError('broken') }, 'Unexpected');

    const [first, second] = await lines();
    expect(first).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      stage: 'ingest',
      file: 'calls "1"\n.csv',
      rows: 12,
      msg: 'File ingested',
    });
    expect(Date.parse(first!['time'] as string)).toBeGreaterThanOrEqual(before);
    expect(second).toMatchObject({
      level: 'error',
      err: {
        type: 'TypeError',
        message: 'broken',
        stack: expect.stringContaining('logger.test.ts') as unknown,
      },
    });
  });

  test('is in the file as soon as it is logged', async () => {
    const { logger, lines } = await logTo();
    logger.warn('one');
    expect(await lines()).toHaveLength(1);
    logger.warn('two');
    expect(await lines()).toHaveLength(2);
  });
});

test.each([
  ['DEBUG', ['debug', 'info', 'warn', 'error']],
  ['INFO', ['info', 'warn', 'error']],
  ['WARN', ['warn', 'error']],
  ['ERROR', ['error']],
] as const)('the level %s lets %j through', async (level, passing) => {
  const { logger, lines } = await logTo(level);
  for (const name of ['debug', 'info', 'warn', 'error'] as const) logger[name](name);
  expect((await lines()).map((line) => line['level'])).toEqual(passing);
});

describe('a secret', () => {
  test.each([
    'clientSecret',
    'client_secret',
    'password',
    'authorization',
    'Authorization',
    'token',
    'accessToken',
  ])('that is called %s is not logged, nor one or two levels down', async (name) => {
    const { logger, lines } = await logTo();
    logger.info({ [name]: 'hush', kept: 1 }, 'flat');
    logger.info({ headers: { [name]: 'hush', kept: 1 } }, 'in an object');
    logger.info({ request: { headers: { [name]: 'hush', kept: 1 } } }, 'in an object of an object');

    const written = await lines();
    expect(JSON.stringify(written)).not.toContain('hush');
    expect(written).toMatchObject([
      { [name]: '[secret]', kept: 1 },
      { headers: { [name]: '[secret]', kept: 1 } },
      { request: { headers: { [name]: '[secret]', kept: 1 } } },
    ]);
  });

  test('of the settings is not logged, whatever it is called', async () => {
    const { logger, lines } = await logTo();
    logger.info({ deep: { down: { there: { url: new Secret('postgres://hush') } } } }, 'settings');
    expect(JSON.stringify(await lines())).not.toContain('hush');
  });
});

test('rotated files hold the same lines, in a file that is named by its day', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'charlie.log');
  const rotatedDir = join(folder, 'rotated', 'logs');
  const logger = await createLogger({ level: 'INFO', to: file, rotatedDir });
  logger.debug('left out');
  logger.info({ password: 'hush' }, 'kept');

  await vi.waitFor(async () => {
    const [name, ...others] = await readdir(rotatedDir);
    expect(name).toMatch(/^charlie\.\d{4}-\d\d-\d\d\.\d+\.log$/);
    expect(others).toEqual([]);
    expect(await readFile(join(rotatedDir, name!), 'utf8')).toBe(await readFile(file, 'utf8'));
  });
  expect(await readFile(file, 'utf8')).toMatch(/^{[^\n]*"password":"\[secret\]","msg":"kept"}\n$/);
});

describe('a line of Temporal', () => {
  test('keeps its level and what leads to the run, and drops what Temporal adds for itself', async () => {
    const { logger, lines } = await logTo('DEBUG');
    const log = temporalLogger(logger);
    const fields = {
      sdkComponent: 'worker',
      namespace: 'default',
      taskToken: 'CiQ=',
      workflowId: 'sync-1',
      runId: 'r',
      attempt: 2,
      file: 'calls.csv',
    };
    log.log('WARN', 'Activity failed', { ...fields, error: new RangeError('too far') });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level, fields);

    const [first, ...others] = await lines();
    expect(first).toEqual({
      level: 'warn',
      time: expect.any(String) as unknown,
      workflowId: 'sync-1',
      runId: 'r',
      attempt: 2,
      file: 'calls.csv',
      error: {
        type: 'RangeError',
        message: 'too far',
        stack: expect.stringContaining('logger.test.ts') as unknown,
      },
      msg: 'Activity failed',
    });
    expect(others.map(({ level, msg }) => [level, msg])).toEqual([
      ['debug', 'debug'],
      ['info', 'info'],
      ['warn', 'warn'],
      ['error', 'error'],
    ]);
  });
});

function parse(text: string): Record<string, unknown>[] {
  expect(text).toMatch(/\n$/);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
