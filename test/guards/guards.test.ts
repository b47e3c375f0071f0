import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Tool, type Violation, violations } from './violations.ts';

interface Finding {
  readonly file: string;
  readonly rule: string;
}

const project = join(import.meta.dirname, '../..');
const sources = ['src', 'workflows', 'activities', 'test', 'bench', 'bin', 'temporal-config'];
const configuration = [
  'package.json',
  'tsconfig.json',
  'biome.json',
  '.oxlintrc.json',
  '.dependency-cruiser.cjs',
  'knip.json',
  'vitest.config.ts',
];

let copy = '';
let findings: Readonly<Record<Tool, readonly Finding[]>>;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'charlie guards '));
  for (const name of [...sources, ...configuration]) {
    await cp(join(project, name), join(copy, name), { recursive: true });
  }
  await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
  // A workflow that imports an adapter brings the types of Node along, and nothing would be missing in the others.
  const typed = violations.filter(({ caughtBy }) => caughtBy.some(([tool]) => tool === 'tsc'));
  await write(typed);
  const tsc = await runTsc();
  await write(violations.filter((violation) => !typed.includes(violation)));
  const biome = await runBiome();
  const oxlint = await runOxlint();
  const depcruise = await runDepcruise();
  findings = { biome, tsc, oxlint, depcruise, knip: await runKnip() };
  // 20 s when nothing else is under way; the other tests may be.
}, 300_000);

afterAll(() => rm(copy, { recursive: true, force: true }));

test.each(violations)('refuses $title', ({ files, caughtBy }) => {
  for (const [tool, rule] of caughtBy) {
    const rules = findings[tool]
      .filter(({ file }) => Object.hasOwn(files, file))
      .map((finding) => finding.rule);
    expect(rules, `what ${tool} says`).toContain(rule);
  }
});

test('accepts everything else', () => {
  const wrong = new Set(violations.flatMap(({ files }: Violation) => Object.keys(files)));
  const others = Object.entries(findings).flatMap(([tool, found]) =>
    found.filter(({ file }) => !wrong.has(file)).map(({ file, rule }) => `${tool}: ${file} ${rule}`),
  );
  expect(others).toEqual([]);
});

async function write(broken: readonly Violation[]): Promise<void> {
  for (const { files } of broken) {
    for (const [path, source] of Object.entries(files)) await appendFile(join(copy, path), source);
  }
}

async function runBiome(): Promise<Finding[]> {
  const output = await run('biome', ['check', '.', '--reporter=github', '--max-diagnostics=none']);
  return [...output.matchAll(/^::error title=([^,]+),file=([^,]+),/gm)].map(([, rule = '', path = '']) => ({
    file: relative(copy, path),
    rule,
  }));
}

async function runTsc(): Promise<Finding[]> {
  const output = await run('tsc', ['-p', 'workflows', '--pretty', 'false']);
  return [...output.matchAll(/^(.+?)\(\d+,\d+\): error (TS\d+):/gm)].map(([, file = '', rule = '']) => ({
    file,
    rule,
  }));
}

/** Only what is broken: `npm run check` lints the whole tree. */
async function runOxlint(): Promise<Finding[]> {
  const broken = violations.flatMap(({ files }) => Object.keys(files));
  const { diagnostics } = JSON.parse(await run('oxlint', [...broken, '--format=json'])) as {
    diagnostics: { filename: string; code: string }[];
  };
  return diagnostics.map(({ filename, code }) => ({ file: filename, rule: code }));
}

async function runDepcruise(): Promise<Finding[]> {
  const output = await run('depcruise', ['src', 'activities', 'workflows']);
  return [...output.matchAll(/^ +error ([^ ]+): ([^ \n]+)/gm)].map(([, rule = '', file = '']) => ({
    file,
    rule,
  }));
}

async function runKnip(): Promise<Finding[]> {
  const output = await run('knip', ['--reporter=json', '--no-config-hints']);
  const { issues } = JSON.parse(output) as { issues: ({ file: string } & Record<string, unknown>)[] };
  return issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds)
      .filter(([, list]) => Array.isArray(list) && list.length > 0)
      .map(([rule]) => ({ file, rule })),
  );
}

/** What a tool writes when it finds something, which it has to say by its exit code. */
async function run(tool: Tool, args: readonly string[]): Promise<string> {
  const bin = join(project, 'node_modules/.bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    execFile(join(bin, tool), args, { cwd: copy, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) reject(new Error(`${tool} found nothing: ${stdout}${stderr}`));
      else if (stdout === '') reject(new Error(`${tool} failed: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}
