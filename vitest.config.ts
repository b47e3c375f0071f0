import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whose tests last for minutes, and mostly wait: begun last, they would be all that is left to wait for. */
const long = /\/test\/(survival|outages|watch|api\/schemathesis|commands\/up|end-to-end\/five-thousand)/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [first, last] = [true, false].map((is) =>
      sorted.filter(({ moduleId }) => long.test(moduleId) === is),
    );
    return [...(first ?? []), ...(last ?? [])];
  }
}

export default defineConfig({
  test: {
    // Recording is a test run of its own: see test/workflows/record-histories.ts.
    include: [
      process.env['RECORD_HISTORIES'] === undefined ? 'test/**/*.test.ts' : 'test/workflows/record-*.ts',
    ],
    setupFiles: ['test/support/no-promise-hooks.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Worker threads crash the native bridge of @temporalio/worker.
    pool: 'forks',
    // A process of its own for each file would spend a fifth of all processor time on loading the SDK and the sources.
    isolate: false,
    // Workflows of workers in these processes run without a thread for each, which takes half a second to load. The workers that are
    // processes of their own, as in test/survival, know nothing of this.
    env: { TEMPORAL_DEBUG: '1' },
    // Twice what two cores can compute: the longest tests mostly wait, for a dead worker to be noticed.
    maxWorkers: 4,
    // Each worker reads a bundle of two megabytes: with room for what is young, a tenth less time goes into collecting garbage.
    execArgv: ['--max-semi-space-size=64'],
    maxConcurrency: 6,
    sequence: { sequencer: LongFirst },
    // A minute of it goes into waiting where the next tick is near: see test/support/clear-of-ticks.ts.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A poll waits for something that happens: how soon is not what any test is about.
    expect: { poll: { timeout: 30_000 } },
    // .ci/run counts the tests in that file.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', 'json'],
    outputFile: { json: 'coverage/test-results.json' },
  },
});
