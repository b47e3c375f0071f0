import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import type { SectionsValues } from './setting-keys.ts';
import { allKeys } from './setting-keys.ts';

/** A schedule needs somebody to ask, and a webhook an address. */
export function checkGenerate({ generate }: SectionsValues, all: Layer): Problem[] {
  const problems: Problem[] = [];
  if (generate.intervalMinutes !== null && generate.endpoints.length === 0)
    problems.push(missing('generate.endpoints', 'generate.interval_minutes', all));
  if (generate.then === 'webhook' && generate.webhookUrl === null)
    problems.push(missing('generate.webhook_url', 'generate.then', all));
  return problems;
}

function missing(key: string, because: string, all: Layer): Problem {
  return {
    ...(all.get(because)?.origin ?? byDefault),
    key,
    message: `is not set, but ${because} needs it`,
    accepted: allKeys.find((each) => each.dotted === key)?.rule.accepted ?? null,
    suggestion: null,
  };
}
