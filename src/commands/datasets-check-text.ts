import { basename } from 'node:path';

import type { FileVerdict, HeaderVerdict } from './file-verdict.ts';
import { textTable } from './text-table.ts';
import { visible } from './visible.ts';

/** What `charlie datasets check` prints of a file for people. */
export function checkText(file: FileVerdict, width: number): string {
  const name = visible(basename(file.file)).replaceAll('\n', ' ');
  const blocks =
    file.verdict === 'not_taken'
      ? []
      : [
          facts(file, width),
          rejectsTable(file, width),
          reasons(file, width) + skipped(file),
          account(file, width),
        ];
  const filled = blocks.filter((block) => block !== '');
  return `\n${[`  ${name}\n`, ...filled, verdictText(file, width)].join('\n')}\n`;
}

/** Its name, and parts that are set one behind the other. */
type Fact = readonly [name: string, parts: readonly string[]];

const factIndent = 13;

function facts({ dataset, pattern, form, header }: FileVerdict, width: number): string {
  const rows: Fact[] = [
    ['dataset', [dataset ?? '', ...(pattern === null ? [] : [`by the pattern ${pattern}`])]],
    ['read as', formParts(form)],
    ...(header === null ? [] : headerFacts(header)),
  ];
  return rows
    .filter(([, parts]) => parts.length > 0)
    .map(([name, parts]) => factLine(name, wrapped(parts, ', ', width - factIndent), factIndent))
    .join('');
}

function factLine(name: string, lines: readonly string[], indent: number): string {
  return `${`  ${name}`.padEnd(indent)}${lines.join(`\n${' '.repeat(indent)}`)}\n`;
}

/** As many parts a line as fit. */
function wrapped(parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const [index, part] of parts.entries()) {
    const text = `${visible(part).replaceAll('\n', ' ')}${index < parts.length - 1 ? separator : ''}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.trimEnd().length <= width)
      lines[lines.length - 1] = `${last}${text}`;
    else lines.push(text);
  }
  return lines.map((line) => line.trimEnd());
}

const encodings: Readonly<Record<string, string>> = {
  'utf-8': 'UTF-8',
  'utf-8-damaged': 'UTF-8 with invalid bytes in it',
  'utf-16le': 'UTF-16LE',
  'utf-16be': 'UTF-16BE',
  'windows-1252': 'Windows-1252',
};
const delimiters: Readonly<Record<string, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'pipe',
};

function formParts(form: FileVerdict['form']): string[] {
  const { archive, encoding, hasByteOrderMark, delimiter, hasSeparatorLine } = form;
  if (encoding === null) return [];
  const between = delimiter === null ? [] : [`${delimiters[delimiter] ?? `"${delimiter}"`} between fields`];
  return [
    ...(archive === null ? [] : [`${archive} archive`]),
    `${encodings[encoding] ?? encoding}${hasByteOrderMark ? ' with a byte order mark' : ''}`,
    ...between,
    ...(hasSeparatorLine ? ['by its line sep='] : []),
  ];
}

function headerFacts({ line, columns, unknown, unknownColumns }: HeaderVerdict): Fact[] {
  const found = columns.filter(({ headers }) => headers.length > 0);
  const missing = columns.filter(({ headers }) => headers.length === 0);
  return [
    ['header', [`line ${line}`, `${found.length} of ${columns.length} columns`]],
    ['found', found.map(({ name, headers }) => foundText(name, headers))],
    ['missing', missing.map(({ name, needed }) => `${name}${needed ? ' (needed)' : ''}`)],
    [fates[unknownColumns], unknown.map((header) => `"${header}"`)],
  ];
}

/** Of headers that no column means. */
const fates = { ignore: 'ignored', capture: 'to _extra', reject: 'refused' } as const;

function foundText(name: string, headers: readonly string[]): string {
  const differing = headers.length > 1 || headers[0] !== name;
  return differing ? `${name} = ${headers.map((header) => `"${header}"`).join(' and ')}` : name;
}

function rejectsTable({ rejects, account: { rejected } }: FileVerdict, width: number): string {
  if (rejects.length === 0) return '';
  const table = textTable(
    [
      { head: 'line', align: 'right' },
      { head: 'column' },
      { head: 'reason' },
      { head: 'value', shrinks: true },
      { head: 'row', shrinks: true },
    ],
    rejects.map(({ line, column, reason, value, raw }) => [
      count(line),
      column ?? '-',
      reason,
      value ?? '-',
      shortened(raw),
    ]),
    width,
  );
  const more = rejected - rejects.length;
  return more > 0 ? `${table}  … and ${count(more)} more\n` : table;
}

/** Of a row, the beginning is enough to find it by. */
function shortened(raw: string): string {
  return raw.length > 80 ? `${raw.slice(0, 79).toWellFormed()}…` : raw;
}

/** Says what is wrong by and large, where the table above would have to be counted. */
function reasons({ rejectCounts, account: { rejected } }: FileVerdict, width: number): string {
  if (rejected < 2) return '';
  const parts = rejectCounts.map(({ reason, column, rows }) => {
    return `${count(rows)} × ${column === null ? reason : `${column} ${reason}`}`;
  });
  return factLine('rejected', wrapped(parts, ', ', width - factIndent), factIndent);
}

/** In a line. */
const examples = 5;

function skipped({ skipped: rows, account: { duplicate, blank }, areKeysUnchecked }: FileVerdict): string {
  const duplicates = rows.filter(({ cause }) => cause === 'duplicate');
  const blanks = rows.filter(({ cause }) => cause === 'blank');
  return [
    listing(
      'duplicate',
      duplicate,
      duplicates.map(({ line, keptLine }) => `${line} (as line ${keptLine ?? 0})`),
    ),
    listing(
      'blank',
      blank,
      blanks.map(({ line }) => String(line)),
    ),
    areKeysUnchecked
      ? factLine(
          'duplicate',
          ['too many rows to look for equal keys here: Postgres does, once they are loaded'],
          factIndent,
        )
      : '',
  ].join('');
}

function listing(name: string, total: number, lines: readonly string[]): string {
  if (total === 0) return '';
  const shown = lines.slice(0, examples);
  const more = total > shown.length ? `, … ${count(total - shown.length)} more` : '';
  return factLine(name, [`line ${shown.join(', ')}${more}`], factIndent);
}

function account({ account: counts, verdict }: FileVerdict, width: number): string {
  const { read, loaded, rejected, duplicate, blank } = counts;
  if (verdict === 'quarantined' && read === 0) return '';
  const cells = [
    ['read', read],
    ['= loaded', loaded],
    ['+ rejected', rejected],
    ['+ duplicate', duplicate],
    ['+ blank', blank],
  ] as const;
  return textTable(
    cells.map(([head]) => ({ head, align: 'right' as const })),
    [cells.map(([, value]) => count(value))],
    width,
  );
}

/** Of what was found, and what to do. */
const refusalIndent = 16;

function verdictText({ verdict, reason, detail, toDo, account: counts }: FileVerdict, width: number): string {
  const { loaded, rejected } = counts;
  const said = (name: string, text: string | null): string =>
    factLine(`  ${name}`, wrapped((text ?? '').split(' '), ' ', width - refusalIndent), refusalIndent);
  switch (verdict) {
    case 'clean':
      return `  ✔ It would be loaded: ${plural(loaded, 'row')}.\n`;
    case 'rows_rejected':
      return `  ! It would be loaded without its rejected rows: ${plural(loaded, 'row')} loaded, ${count(rejected)} kept as rejects.\n`;
    case 'quarantined':
      return [
        '  ✘ It would be quarantined whole, and no row loaded.\n\n',
        said('reason', reason),
        said('detail', detail),
        said('what to do', toDo),
      ].join('');
    case 'not_taken':
      return '  ✘ No enabled dataset takes a file of this name: it would be left alone.\n    Add the name to the patterns of one, or say which one to try with --dataset.\n';
  }
}

function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
