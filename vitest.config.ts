import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Recording is a test run of its own: see test/workflows/record-histories.ts.
    include: [
      process.env['RECORD_HISTORIES'] === undefined ? 'test/**/*.test.ts' : 'test/workflows/record-*.ts',
    ],
    globalSetup: ['test/support/global-setup.ts'],
    // Worker threads crash the native bridge of @temporalio/worker.
    pool: 'forks',
    // More than two cores can compute: the longest tests mostly wait, for a dead worker to be noticed.
    maxWorkers: 3,
    maxConcurrency: 6,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A poll waits for something that happens: how soon is not what any test is about.
    expect: { poll: { timeout: 30_000 } },
    // .ci/run counts the tests in that file.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', 'json'],
    outputFile: { json: 'coverage/test-results.json' },
  },
});
