import type { Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

/** Of the many fields that the SDK adds to a line, those that do not lead an operator to the run. */
const sdkFields = new Set([
  'sdkComponent',
  'namespace',
  'workflowType',
  'activityId',
  'taskToken',
  'isLocal',
]);

/** Temporal's log calls, those of workflows and activities among them, as lines of our logger. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  return {
    log: (level, message, fields = {}) => {
      logger[levels[level]](tidy(fields), message);
    },
    trace: (message, fields = {}) => {
      logger.trace(tidy(fields), message);
    },
    debug: (message, fields = {}) => {
      logger.debug(tidy(fields), message);
    },
    info: (message, fields = {}) => {
      logger.info(tidy(fields), message);
    },
    warn: (message, fields = {}) => {
      logger.warn(tidy(fields), message);
    },
    error: (message, fields = {}) => {
      logger.error(tidy(fields), message);
    },
  };
}

function tidy(fields: Record<string | symbol, unknown>): Record<string, unknown> {
  const kept = Object.entries(fields).filter(([name]) => !sdkFields.has(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]),
  );
}

function describeError(error: Error): Record<string, unknown> {
  return { type: error.name, message: error.message, stack: error.stack };
}
