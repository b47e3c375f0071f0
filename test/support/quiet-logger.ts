import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';

/** For tests that provoke warnings. */
export const quietLogger = new DefaultLogger('ERROR', () => undefined);
export const quietPino = pino({ level: 'silent' });

/** Once per test process, before the first connection. */
export function quietRuntime(): void {
  Runtime.install({ logger: quietLogger, telemetryOptions: { logging: { filter: 'OFF' } } });
}
