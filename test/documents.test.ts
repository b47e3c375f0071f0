import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Command } from 'commander';
import { expect, test } from 'vitest';

import { dirtyFilesPage } from '../bench/dirty-files/page.ts';
import { apiCommand } from '../src/commands/api.ts';
import { buildCommand } from '../src/commands/build.ts';
import { exitCodes } from '../src/commands/command-context.ts';
import { configCommand } from '../src/commands/config.ts';
import { datasetsCommand } from '../src/commands/datasets.ts';
import { doctorCommand } from '../src/commands/doctor.ts';
import { exitCodeOf } from '../src/commands/exit-code-of.ts';
import { filesCommand } from '../src/commands/files.ts';
import { generateCommand } from '../src/commands/generate.ts';
import { ingestCommand } from '../src/commands/ingest.ts';
import { migrateCommand } from '../src/commands/migrate.ts';
import { purgeCommand } from '../src/commands/purge.ts';
import { quarantineCommand } from '../src/commands/quarantine.ts';
import { runCommand } from '../src/commands/run.ts';
import { runOnceCommand } from '../src/commands/run-once.ts';
import { schedulesCommand } from '../src/commands/schedules.ts';
import { sharepointCommand } from '../src/commands/sharepoint.ts';
import { simulatorCommand } from '../src/commands/simulator.ts';
import { tokensCommand } from '../src/commands/tokens.ts';
import { triggerCommand } from '../src/commands/trigger.ts';
import { upCommand } from '../src/commands/up.ts';
import { workerCommand } from '../src/commands/worker.ts';
import { passingFailures, permanentFailures } from '../src/domain/failure-types.ts';
import { fileStates } from '../src/domain/file-state.ts';
import { pendingReasons } from '../src/domain/pending-reasons.ts';
import { quarantineReasons } from '../src/domain/quarantine-reasons.ts';
import { charlie } from './support/charlie.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/*.md', { cwd: root })];
const cli = read('docs/cli.md');
const errors = read('docs/errors.md');

const unused = () => undefined;
const context = {
  cwd: root,
  env: {},
  stdout: unused,
  stderr: unused,
  columns: 120,
  interactive: false,
  ask: null,
};
const topLevel = [
  ...[upCommand, runCommand, workerCommand, triggerCommand, runOnceCommand, ingestCommand, generateCommand],
  ...[apiCommand, tokensCommand],
  ...[filesCommand, quarantineCommand, purgeCommand],
  ...[
    schedulesCommand,
    sharepointCommand,
    simulatorCommand,
    migrateCommand,
    configCommand,
    datasetsCommand,
    doctorCommand,
    buildCommand,
  ],
].map((make) => make(context));

/** By what a person types after `charlie`: `up`, `config check`. */
const commands = new Map<string, Command>(
  topLevel.flatMap((command): [string, Command][] =>
    command.commands.length === 0
      ? [[command.name(), command]]
      : command.commands.map((child) => [`${command.name()} ${child.name()}`, child]),
  ),
);

/** The text below a heading, down to the next one. */
function section(document: string, heading: string): string {
  return document.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** Cells of the rows of its table, without the two lines of the head. */
function table(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function names(rows: readonly string[][]): string[] {
  return rows.map(([name = '']) => name.replaceAll('`', ''));
}

test('docs/cli.md has a section for every command, and for no other', async () => {
  const help = await charlie(['--help'], { cwd: root, env: {} });
  const listed = [...help.stdout.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name);
  expect(listed.filter((name) => name !== 'help').sort()).toEqual(topLevel.map((each) => each.name()).sort());

  const documented = [...cli.matchAll(/^## charlie (.+)$/gm)].map(([, name = '']) => name);
  expect(documented.sort()).toEqual([...commands.keys()].sort());
});

test.for([...commands.keys()])(
  'docs/cli.md has the options of charlie %s with their defaults, and no other',
  (name) => {
    // The last table of a section may describe its output: an option begins with two dashes.
    const rows = table(section(cli, `charlie ${name}`)).filter(([option = '']) => option.startsWith('`--'));
    const documented = rows.map(([option = '', , fallback]) => `${option.replaceAll('`', '')} = ${fallback}`);
    const expected = commands.get(name)?.options.map(({ flags, defaultValue }) => {
      const shown = ['string', 'number'].includes(typeof defaultValue) ? String(defaultValue) : '';
      return `${flags} = ${shown}`;
    });
    expect(documented).toEqual(expected);
  },
);

test('docs/cli.md has every exit code, and no other', () => {
  expect(names(table(section(cli, 'Exit codes'))).map(Number)).toEqual(Object.values(exitCodes));
});

test('docs/errors.md has every failure type of a run where it belongs, and no other', () => {
  const permanent = names(table(section(errors, 'Failures of a run that no retry mends')));
  const passing = names(table(section(errors, 'Failures of a run that may pass')));
  expect(permanent.sort()).toEqual([...permanentFailures].sort());
  expect(passing.sort()).toEqual([...passingFailures].sort());
});

/** Classes that nobody meets by their name. */
const unnamed = [
  'CommandFailed', // carries a message and an exit code alone
  'ServedDirectoryUnusable', // becomes a CommandFailed
  'PipFailed', // becomes part of TemporalNotFound
  'SharePointError', // abstract
  'FileUnreadable', // shown by its reason
  'ReplacementShrunk', // shown as the reason replacement_shrunk
  'ArraySelected', // a mistake in a query, which tests show
  'CronInvalid', // becomes part of a problem of a job
  'DateFormatUnusable', // the settings refuse such a format before
  'Problem', // an answer of the API, by its code
  'GraphError', // an answer of the simulator
  'SignInError', // an answer of the simulator
];

test('docs/errors.md has every class of error, and no other', () => {
  const sources = globSync(['src/**/*.ts', 'activities/*.ts'], { cwd: root });
  const classes = sources.flatMap((path) =>
    [
      ...read(path).matchAll(/^(?:export )?(?:abstract )?class (\w+) extends (?:Error|SharePointError)\b/gm),
    ].map(([, name = '']) => name),
  );
  const documented = [...errors.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, name = '']) => name);
  expect([...documented, ...unnamed].sort()).toEqual(classes.sort());
});

test('docs/errors.md has the exit code of each error that a command can end with', () => {
  const rows = [...errors.matchAll(/^\| `([A-Z]\w+)` \|.*\| (\d+) \|$/gm)];
  const expected = rows.map(([, name = '']) => [name, exitCodeOf(Object.assign(new Error(), { name }))]);
  expect(rows.length).toBeGreaterThan(permanentFailures.length);
  expect(rows.map(([, name, code]) => [name, Number(code)])).toEqual(expected);
});

test('docs/errors.md has every reason for quarantine and for a rejected row, and no other', () => {
  const union = (path: string) =>
    [...read(path).matchAll(/^ {2}\| '(\w+)'/gm)].map(([, reason = '']) => reason);
  const quarantine = [
    ...union('src/ingest/file-unreadable.ts'),
    'replacement_shrunk',
    'refused_by_database',
    'took_down_workers',
  ];
  expect(names(table(section(errors, 'Quarantined files')))).toEqual(quarantine);
  expect(Object.keys(quarantineReasons)).toEqual(quarantine);
  expect(names(table(section(errors, 'Rejected rows')))).toEqual(union('src/ingest/reject.ts'));
});

test('charlie quarantine show explains each reason in the words of docs/errors.md', () => {
  const documented = table(section(errors, 'Quarantined files')).map(([, means, toDo]) => ({ means, toDo }));
  expect(Object.values(quarantineReasons)).toEqual(documented);
});

test('docs/errors.md has every reason for a file not to be ready, in the same words', () => {
  const [reasons = ''] = section(errors, 'Files that are not ready').split('| error |');
  const documented = table(reasons).map(([reason = '', means, toDo]) => [
    reason.replaceAll('`', ''),
    { means, toDo },
  ]);
  expect(Object.fromEntries(documented)).toEqual(pendingReasons);
});

test('docs/design.md has every state of a file, and no other', () => {
  const states = section(read('docs/design.md'), 'Which file is which');
  expect(names(table(states))).toEqual(Object.keys(fileStates));
});

/** As GitHub makes them of headings. */
function anchors(document: string): string[] {
  return [...document.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.for(documents)('every link and image of %s that stays in the project leads somewhere', (path) => {
  const targets = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const broken = targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const full = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(root, full))) return true;
    return anchor !== undefined && !anchors(read(full)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

/** What stands in fenced blocks and between backticks, without comments of a shell. */
function code(document: string): string[] {
  const fences = [...document.matchAll(/^ *```\w*\n([^]*?)^ *```$/gm)].map(([, text = '']) => text);
  const prose = document.replace(/^ *```[^]*?^ *```$/gm, '');
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replace(/\s+/g, ' '));
  return [...fences.flatMap((text) => text.split('\n')), ...spans].map((line) => line.replace(/\s# .*$/, ''));
}

test.for(documents)('every charlie command that %s shows exists, with its options', (path) => {
  const unknown = code(read(path)).filter((line) => {
    const [, typed] =
      /^\s*(?:\$ )?(?:\w+=\S+ )*(?:npx |docker compose \S.* )?charlie ([a-z-].*)$/.exec(line) ?? [];
    if (typed === undefined || /^--(help|version)$/.test(typed)) return false;
    const [first = '', second = ''] = typed.split(' ');
    const verbs = topLevel.find((command) => command.name() === first)?.commands ?? [];
    if (verbs.length > 0 && second === '') return false;
    const options = commands.get(verbs.length > 0 ? `${first} ${second}` : first)?.options;
    const given = [...typed.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option);
    return options === undefined || given.some((option) => !options.some(({ long }) => long === option));
  });
  expect(unknown).toEqual([]);
});

test('docs/dirty-files.md says what the tests expect of each file, and what other loaders did', () => {
  expect(read('docs/dirty-files.md'), 'npm run dirty-files writes it').toBe(dirtyFilesPage());
});
