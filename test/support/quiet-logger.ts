import { DefaultLogger } from '@temporalio/worker';
import { pino } from 'pino';

import { installRuntime } from '../../src/worker.ts';

/** For tests that provoke warnings. */
export const quietLogger = new DefaultLogger('ERROR', () => undefined);
export const quietPino = pino({ level: 'silent' });

/** Before the first connection; the process that runs the tests may have one of an earlier file. */
export function quietRuntime(): void {
  installRuntime({ logger: quietPino });
}
