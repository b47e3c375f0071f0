import { inject } from 'vitest';

import { execute } from './charlie.ts';
import type { Pipeline } from './pipeline.ts';

/** `temporal …` as an operator types it; what it says on standard output. */
export async function temporal(pipeline: Pipeline, ...args: readonly string[]): Promise<string> {
  const { address, namespace } = pipeline.settings.temporal;
  const connection = ['--address', address, '--namespace', namespace];
  const result = await execute(inject('temporalBinary'), [...args, ...connection], {
    cwd: pipeline.dir,
    env: {},
  });
  if (result.exitCode !== 0) throw new Error(`temporal ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}
