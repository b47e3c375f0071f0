import { expect, test } from 'vitest';

import type { CommandContext } from '../../src/commands/command-context.ts';
import { reportBuilt, reportGenerated, reportRun } from '../../src/commands/run-summary.ts';
import type { GenerateResult } from '../../src/domain/generation.ts';
import type { Followed, SyncResult } from '../../src/domain/sync-run.ts';

const sync: SyncResult = {
  runId: 'r1',
  status: 'succeeded',
  listed: 0,
  skipped: 0,
  downloaded: 0,
  ingested: 0,
  quarantined: 0,
  failed: 0,
  rowsLoaded: 0,
  rowsRejected: 0,
  rowsAggregated: 0,
  downloadedNames: [],
  problems: [],
};

const made: GenerateResult = { files: 1, rows: 20, problems: [], sync };
const followers: readonly Followed[] = [{ job: 'next', outcome: 'started', workflowId: 'next-1' }];

function said(report: (context: CommandContext) => void) {
  let [stdout, stderr, failure] = ['', '', ''];
  const context: CommandContext = {
    cwd: '/',
    env: {},
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    columns: 200,
    interactive: false,
    ask: null,
  };
  try {
    report(context);
  } catch (error) {
    failure = String(error);
  }
  return { stdout, stderr, failure };
}

const how = (output: string) => ({ output, durationMs: 1500 });
const run = (result: SyncResult, output: string) =>
  said((context) => {
    reportRun({ ended: 'completed', result }, context, how(output));
  });
const generated = (result: GenerateResult, output: string) =>
  said((context) => {
    reportGenerated(result, context, how(output));
  });

test.each([
  ['skipped_no_data', 'the data that it waited for'],
  ['skipped_dst_fold', 'clocks were put back'],
] as const)(
  'a run that ended as %s is one line with the reason, and as JSON what it was',
  (status, because) => {
    const text = run({ ...sync, status }, 'text');

    expect(text.stdout).toMatch(new RegExp(`^ {2}Skipped: ${because}.*\\n$`));
    expect(text).toMatchObject({ stderr: '', failure: '' });
    expect(JSON.parse(run({ ...sync, status }, 'json').stdout)).toEqual({
      ...sync,
      status,
      durationMs: 1500,
    });
  },
);

test('a run that was not skipped has its table', () => {
  expect(run(sync, 'text').stdout).toMatch(/listed +skipped +downloaded/);
});

test.each(['text', 'json'])(
  'of a generating run the simulators that failed are named, and fail the command (%s)',
  (output) => {
    const { stderr, failure } = generated({ ...made, problems: ['https://one: refused'] }, output);

    expect(stderr).toContain('  ! https://one: refused\n');
    expect(failure).toContain('1 of the simulators made no files');
  },
);

test.each(['text', 'json'])(
  'files that failed in the sync of a generating run fail the command (%s)',
  (output) => {
    const { failure } = generated({ ...made, sync: { ...sync, failed: 2 } }, output);

    expect(failure).toContain("2 of the run's files failed");
  },
);

test('a generating run shows what it made, its sync and its followers; as JSON all in one', () => {
  const result = { ...made, followers };

  const text = generated(result, 'text');
  expect(text.stdout).toMatch(/^ {2}1 file with 20 rows made\.\n[^]*listed +skipped +downloaded/);
  expect(text).toMatchObject({ stderr: '  → next follows: next-1\n\n', failure: '' });
  expect(JSON.parse(generated(result, 'json').stdout)).toEqual({ ...result, durationMs: 1500 });
});

test('a run that built workbooks names them, and its followers', () => {
  const latest = [{ path: 'reports/hourly.xlsx', sha256: '', bytes: 1, rows: 1 }];
  const built = (output: string) =>
    said((context) => {
      reportBuilt({ published: 1, latest, followers }, context, how(output));
    });

  expect(built('text')).toEqual({
    stdout: '  1 workbook published.\n  reports/hourly.xlsx\n',
    stderr: '  → next follows: next-1\n\n',
    failure: '',
  });
  expect(JSON.parse(built('json').stdout)).toEqual({ published: 1, latest, followers, durationMs: 1500 });
});

test('of a run that was skipped neither workbooks nor files are counted, but the reason is said', () => {
  const skipped = 'skipped_no_data' as const;
  const nothing = { ...made, files: 0, rows: 0, sync: null, skipped };
  const built = said((context) => {
    reportBuilt({ published: 0, latest: [], skipped }, context, how('text'));
  });

  const because = "  Skipped: the data that it waited for (the job's wait_for) did not arrive in time.";
  expect(generated(nothing, 'text').stdout).toBe(`${because} Nothing was made.\n`);
  expect(built.stdout).toBe(`${because} Nothing was built.\n`);
});
