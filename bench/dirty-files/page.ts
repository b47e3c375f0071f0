import { type DirtyFile, dirtyFiles, type Outcome } from '../../test/ingest/dirty-corpus.ts';
import {
  type PeerName,
  type PeerOutcome,
  type PeerResults,
  peerNames,
  readPeerResults,
} from './peer-results.ts';

/** docs/dirty-files.md, from the expectations that the tests hold us to and from what the other loaders did. */
export function dirtyFilesPage(): string {
  const files = dirtyFiles();
  const results = readPeerResults();
  const groups = Map.groupBy(files, ({ name }) => name.split('_')[0] ?? '');
  const sections = [...groups].map(([group, members]) =>
    [`## ${headings[group] ?? group}`, '', ...tableOf(members, results), ''].join('\n'),
  );
  return (
    [introduction(files.length, results), summary(files, results), ...sections].join('\n').trimEnd() + '\n'
  );
}

const headings: Readonly<Record<string, string>> = {
  delimiter: 'Delimiters',
  encoding: 'Encodings',
  lines: 'Lines',
  quote: 'Quotes',
  ragged: 'Ragged rows',
  header: 'Headers',
  unknown: 'Unknown columns',
  empty: 'Empty files',
  foreign: 'Files that are no CSV',
  packed: 'Packed files',
  number: 'Numbers',
  value: 'Values',
  event: 'Times, booleans and lists',
  rule: 'Rules of a column',
  key: 'Keys',
  size: 'Sizes',
};

const titles: Readonly<Record<PeerName, string>> = {
  psql: 'psql \\copy',
  sling: 'Sling',
  dlt: 'dlt',
  pgloader: 'pgloader',
};

function introduction(count: number, { versions }: PeerResults): string {
  return `# Dirty files

${count} small files as they come from people and programs, what becomes of each, and what other loaders make of it. The files are in
[test/ingest/dirty-files](../test/ingest/dirty-files), with the datasets that they are read with (\`settings.toml\`) and with every row,
reject, line and byte offset that is expected (\`expected.toml\`); the tests hold us to it, through a real Postgres. This page is made from both by
\`npm run dirty-files\`, and a test says when it is out of date.

The others really ran: ${peerNames.map((name) => versions[name]).join('; ')}; Postgres ${versions.postgres}. Each loads one
file into an empty table with the columns and types of the dataset, with its defaults and with what a careful user would set: that there
is a header, the delimiter, the encoding where it is not UTF-8 and the tool knows it; for pgloader that blanks are null in columns that are no text, for dlt
the types of the columns (it makes its table itself). We are told nothing but the dataset. \`npm run peers\` repeats it where these tools are installed;
exit codes and messages are in [peer-results.json](../bench/dirty-files/peer-results.json).

How to read the tables:

- **charlie**: what is loaded, rejected with line and reason, counted as duplicate or blank; or the reason for which the whole file goes into
  quarantine. Reasons are explained in [errors.md](errors.md#rejected-rows).
- **all**: exit code 0, and all rows that we load, with equal values, and no others. *n of m*: so many of the rows that we load. *+ n*: rows beside these, with
  other values, or made of what we refuse or count as duplicates.
- Other values are not always wrong ones: dlt puts what does not fit into a column of its own beside the one that is meant; psql and pgloader go by the place of a column and not by its header, so they also take a column whose header nobody knows.
- **refused**: an error, and nothing loaded. Where an error left rows behind, the exit code is shown. *no end*: it was stopped after two minutes.
- Without an exit code it was 0: the tool says that all is well. pgloader does so too when it has rejected rows, and names them in its log.
`;
}

function summary(files: readonly DirtyFile[], { files: results }: PeerResults): string {
  const quarantined = files.filter(({ expected }) => expected.quarantined !== null).length;
  const whole = files.filter(
    ({ expected }) => expected.quarantined === null && expected.rejected.length === 0,
  ).length;
  const plain = files.filter(({ dataset }) => dataset.name === 'orders');
  const lines = peerNames.map((name) => {
    const outcomes = plain.map((file) => verdictOf(file, results[file.name]?.[name]));
    const count = (verdict: Verdict) => outcomes.filter((each) => each === verdict).length;
    return `| ${titles[name]} | ${count('all')} | ${count('refused')} | ${count('wrong')} | ${count('failed')} |`;
  });
  return [
    `Of the ${files.length} files, we load ${whole} without a reject and ${files.length - whole - quarantined} but for the rejects that are listed; ${quarantined} go into quarantine, with nothing loaded.`,
    '',
    `The others know nothing of a dataset's keys, bounds, patterns, defaults, formats and time zone: where a file has to do with these, its table shows what they lack, not what they do wrong. Of the ${plain.length} files that need columns and types alone:`,
    '',
    '| | all rows, nothing else | refused whole | exit 0, rows missing, changed or too many | error and rows left behind, or no end |',
    '| --- | --: | --: | --: | --: |',
    ...lines,
    '',
  ].join('\n');
}

function tableOf(files: readonly DirtyFile[], { files: results }: PeerResults): string[] {
  const rows = files.map((file) => {
    const peers = peerNames.map((name) => shownPeer(file, results[file.name]?.[name]));
    return `| ${[`\`${file.name}\``, inTable(file.about), shownOurs(file.expected), ...peers].join(' | ')} |`;
  });
  return [
    `| file | what it is | charlie | ${peerNames.map((name) => titles[name]).join(' | ')} |`,
    `| --- | --- | --- | ${peerNames.map(() => '---').join(' | ')} |`,
    ...rows,
  ];
}

function shownOurs({ loaded, rejected, duplicate, blank, quarantined }: Outcome): string {
  if (quarantined !== null) return `quarantine: \`${quarantined}\``;
  return [
    counted(loaded.length, 'row'),
    ...shownRejects(rejected),
    ...(duplicate > 0 ? [counted(duplicate, 'duplicate')] : []),
    ...(blank > 0 ? [`${blank} blank`] : []),
  ].join('; ');
}

function shownRejects(rejected: readonly string[]): string[] {
  const byReason = Map.groupBy(rejected, (reject) => reject.split(': ').at(-1) ?? '');
  return [...byReason].map(([reason, rejects]) => {
    const lines = rejects.map((reject) => reject.split(' ')[0]);
    return `\`${reason}\` on ${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}`;
  });
}

type Verdict = 'all' | 'refused' | 'wrong' | 'failed';

function verdictOf({ expected }: DirtyFile, outcome: PeerOutcome | undefined): Verdict | null {
  if (outcome === undefined) return null;
  const { exit, right, others } = outcome;
  if (exit !== 0) return exit !== null && right + others === 0 ? 'refused' : 'failed';
  const isReadable = expected.quarantined === null || expected.quarantined === 'empty_file';
  return isReadable && right === expected.loaded.length && others === 0 ? 'all' : 'wrong';
}

function shownPeer(file: DirtyFile, outcome: PeerOutcome | undefined): string {
  const verdict = verdictOf(file, outcome);
  if (outcome === undefined || verdict === null) return 'not run';
  if (verdict === 'all' || verdict === 'refused') return verdict;
  const { exit, right, others } = outcome;
  const { loaded, quarantined } = file.expected;
  const rows =
    quarantined === null
      ? `${right} of ${loaded.length}${others > 0 ? ` + ${others}` : ''}`
      : `loads ${counted(others, 'row')}`;
  if (exit === null) return `${rows}, no end`;
  return verdict === 'failed' ? `${rows}, exit ${exit}` : `**${rows}**`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Within a cell. */
function inTable(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
