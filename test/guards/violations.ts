/** Something that the rules of this project forbid, and who has to say so. */
export interface Violation {
  readonly title: string;
  /** Source by path; it is added to the end of a file that the project has. */
  readonly files: Readonly<Record<string, string>>;
  readonly caughtBy: readonly (readonly [tool: Tool, rule: string])[];
}

export type Tool = 'biome' | 'tsc' | 'oxlint' | 'depcruise' | 'knip';

const restrictedImports = 'eslint(no-restricted-imports)';

export const violations: readonly Violation[] = [
  {
    title: 'a workflow that imports Node',
    files: {
      'workflows/reads-a-file.ts': `import { readFileSync } from 'node:fs';

export function ReadsAFile(): string {
  return readFileSync('names.txt', 'utf8');
}
`,
    },
    caughtBy: [
      ['tsc', 'TS2591'],
      ['oxlint', 'import(no-nodejs-modules)'],
      ['depcruise', 'workflows-use-no-node'],
    ],
  },
  {
    title: 'a workflow that reads the environment, calls the network and sets a timer',
    files: {
      'workflows/reaches-outside.ts': `export async function ReachesOutside(): Promise<string> {
  setTimeout(() => undefined, 1000);
  await fetch('https://example.com');
  return process.env['HOME'] ?? '';
}
`,
    },
    caughtBy: [
      ['tsc', 'TS2304'],
      ['tsc', 'TS2591'],
      ['oxlint', 'eslint(no-restricted-globals)'],
      ['oxlint', 'eslint(no-restricted-properties)'],
    ],
  },
  {
    title: 'a workflow that forgets to await',
    files: {
      'workflows/forgets-to-await.ts': `import { sleep } from '@temporalio/workflow';

export function ForgetsToAwait(): string {
  sleep(1000);
  return 'done';
}
`,
    },
    caughtBy: [['oxlint', 'typescript(no-floating-promises)']],
  },
  {
    title: 'a workflow that takes an unchecked index for granted',
    files: {
      'workflows/trusts-an-index.ts': `export function TrustsAnIndex(names: readonly string[]): string {
  return names[0].trim();
}
`,
    },
    caughtBy: [
      ['tsc', 'TS2532'],
      ['oxlint', 'typescript(TS2532)'],
    ],
  },
  {
    title: 'a workflow that imports an activity as a value',
    files: {
      'workflows/runs-an-activity.ts': `import { listFiles } from '../activities/list-files.ts';

export const RunsAnActivity = listFiles;
`,
    },
    caughtBy: [
      ['oxlint', restrictedImports],
      ['depcruise', 'workflows-take-only-types-from-activities'],
      ['depcruise', 'workflows-reach-only-pure-code'],
    ],
  },
  {
    title: 'a workflow that imports an adapter',
    files: {
      'workflows/hashes.ts': `import { hashFile } from '../src/directory/hash-file.ts';

export const Hashes = hashFile;
`,
    },
    caughtBy: [
      ['oxlint', restrictedImports],
      ['depcruise', 'workflows-reach-only-pure-code'],
    ],
  },
  {
    title: 'domain code that imports Node',
    files: {
      'src/domain/joins-paths.ts': `import { join } from 'node:path';

export const joined = join('a', 'b');
`,
    },
    caughtBy: [
      ['oxlint', restrictedImports],
      ['depcruise', 'workflows-use-no-node'],
      ['depcruise', 'domain-imports-nothing-outside'],
    ],
  },
  {
    title: 'an adapter that imports another adapter',
    files: {
      'src/directory/asks-sharepoint.ts': `import { QuickXorHash } from '../sharepoint/quick-xor-hash.ts';

export const hash = QuickXorHash;
`,
    },
    caughtBy: [['depcruise', 'adapters-do-not-know-each-other']],
  },
  {
    title: 'an adapter that knows of Temporal',
    files: {
      'src/directory/beats.ts': `import { heartbeat } from '@temporalio/activity';

export const beat = heartbeat;
`,
    },
    caughtBy: [
      ['oxlint', restrictedImports],
      ['depcruise', 'adapters-know-nothing-of-temporal'],
    ],
  },
  {
    title: 'an adapter that reads the environment',
    files: {
      'src/directory/reads-environment.ts': `export const home = process.env['HOME'];
`,
    },
    caughtBy: [['oxlint', 'eslint(no-restricted-properties)']],
  },
  {
    title: 'an activity that imports a workflow',
    files: {
      'activities/runs-a-workflow.ts': `import { BuildReportWorkflow } from '../workflows/build-report.ts';

export const workflow = BuildReportWorkflow;
`,
    },
    caughtBy: [
      ['oxlint', restrictedImports],
      ['depcruise', 'activities-do-not-know-their-caller'],
    ],
  },
  {
    title: 'two files that import each other',
    files: {
      'src/domain/hen.ts': `import { egg } from './egg.ts';

export function hen(): string {
  return egg();
}
`,
      'src/domain/egg.ts': `import { hen } from './hen.ts';

export function egg(): string {
  return hen();
}
`,
    },
    caughtBy: [['depcruise', 'no-cycles']],
  },
  {
    title: 'a file that nothing imports',
    files: {
      'src/domain/forgotten.ts': `export const forgotten = 1;
`,
    },
    caughtBy: [
      ['depcruise', 'no-orphans'],
      ['knip', 'files'],
    ],
  },
  {
    title: 'an export that nothing imports',
    files: {
      'src/domain/chunking.ts': `
export function neverImported(): number {
  return 1;
}
`,
    },
    caughtBy: [['knip', 'exports']],
  },
  {
    title: 'a file for this and that',
    files: {
      'src/domain/utils.ts': `export const this_ = 'that';
`,
      'src/domain/needs-utils.ts': `import { this_ } from './utils.ts';

export const needed = this_;
`,
    },
    caughtBy: [['depcruise', 'no-junk-drawers']],
  },
  {
    title: 'a file that hands on all that another exports, and something without a name',
    files: {
      'src/domain/barrel.ts': `export * from './chunking.ts';

export default 1;
`,
    },
    caughtBy: [
      ['oxlint', 'oxc(no-barrel-file)'],
      ['oxlint', 'import(no-default-export)'],
    ],
  },
  {
    title: 'source that is not formatted',
    files: {
      'src/domain/untidy.ts': `export const untidy = "yes"
`,
    },
    caughtBy: [['biome', 'format']],
  },
];
