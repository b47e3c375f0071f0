import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { sqlType } from '../../src/database/table-plan.ts';
import type { ColumnType } from '../../src/domain/dataset.ts';
import type { DirtyFile } from '../../test/ingest/dirty-corpus.ts';
import type { PeerName } from './peer-results.ts';

/** Where it loads to: table `<name of the peer>.<dataset>`, made anew for each file. */
export interface Target {
  readonly databaseUrl: string;
  /** For what a peer needs beside the file. */
  readonly scratch: string;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Peer {
  readonly name: PeerName;
  readonly version: () => Promise<string>;
  readonly command: (file: DirtyFile, target: Target) => Command | Promise<Command>;
}

export interface Programs {
  readonly sling: string;
  /** Of an environment with dlt and pandas. */
  readonly python: string;
}

/** A peer that is not there rejects when it is asked for its version. */
export function peersOf({ sling, python }: Programs): Peer[] {
  return [
    { name: 'psql', version: () => firstLine('psql', '--version'), command: psqlCommand },
    {
      name: 'sling',
      version: () => firstLine(sling, '--version'),
      command: (file, target) => slingCommand(sling, file, target),
    },
    {
      name: 'dlt',
      version: () =>
        firstLine(
          python,
          '-c',
          'import dlt, pandas; print(f"dlt {dlt.__version__}, pandas {pandas.__version__}")',
        ),
      command: (file, target) => dltCommand(python, file, target),
    },
    { name: 'pgloader', version: () => firstLine('pgloader', '--version'), command: pgloaderCommand },
  ];
}

function psqlCommand({ path, dataset, told }: DirtyFile, { databaseUrl }: Target): Command {
  // Postgres knows no UTF-16.
  const encoding = told.encoding === 'cp1252' ? ", encoding 'WIN1252'" : '';
  const copy = `\\copy psql.${dataset.name} from '${path}' (format csv, header, delimiter ${escaped(told.delimiter)}${encoding})`;
  return {
    program: 'psql',
    args: ['--quiet', '--no-psqlrc', '--set=ON_ERROR_STOP=1', databaseUrl, '-c', copy],
  };
}

/** In this mode it loads into the table that is there, and takes the types from it. */
function slingCommand(program: string, { path, dataset, told }: DirtyFile, { databaseUrl }: Target): Command {
  const decoders: Readonly<Record<string, string>> = { cp1252: 'decode_windows1252' };
  const decoder = decoders[told.encoding];
  const source = { header: true, delimiter: told.delimiter };
  return {
    program,
    args: [
      ...['run', '--src-stream', `file://${path}`, '--src-options', JSON.stringify(source)],
      ...(decoder === undefined ? [] : ['--transforms', JSON.stringify([decoder])]),
      ...['--tgt-conn', 'TARGET', '--tgt-object', `sling.${dataset.name}`, '--mode', 'truncate'],
    ],
    env: { TARGET: `${databaseUrl}?sslmode=disable`, SLING_DISABLE_TELEMETRY: 'true' },
  };
}

/** It makes its table itself. */
function dltCommand(program: string, { path, dataset, told }: DirtyFile, { databaseUrl }: Target): Command {
  const columns = dataset.columns.map(({ name, type }) => [
    name,
    { data_type: dltTypes[type.kind], ...(type.kind === 'numeric' && { precision: 10, scale: 2 }) },
  ]);
  return {
    program,
    args: [
      fileURLToPath(new URL('load-with-dlt.py', import.meta.url)),
      ...[path, databaseUrl, dataset.name, JSON.stringify(Object.fromEntries(columns)), JSON.stringify(told)],
    ],
    env: { RUNTIME__DLTHUB_TELEMETRY: 'false', RUNTIME__LOG_LEVEL: 'ERROR' },
  };
}

const dltTypes: Readonly<Record<ColumnType['kind'], string>> = {
  text: 'text',
  enum: 'text',
  integer: 'bigint',
  bigint: 'bigint',
  numeric: 'decimal',
  boolean: 'bool',
  date: 'date',
  timestamp: 'timestamp',
};

async function pgloaderCommand(
  { name, path, dataset, told }: DirtyFile,
  { databaseUrl, scratch }: Target,
): Promise<Command> {
  const encoding = told.encoding.startsWith('utf-16') ? `utf-16${await byteOrder(path)}` : told.encoding;
  const fields = dataset.columns.map(({ name: column, type }) =>
    sqlType(type) === 'text' ? column : `${column} [null if blanks]`,
  );
  const load = `LOAD CSV
    FROM '${path}' WITH ENCODING ${encoding} (${fields.join(', ')})
    INTO ${databaseUrl}
    TARGET TABLE pgloader.${dataset.name} (${dataset.columns.map((column) => column.name).join(', ')})
    WITH skip header = 1, fields optionally enclosed by '"', fields escaped by double-quote, fields terminated by ${told.delimiter === '\t' ? "'\\t'" : `'${told.delimiter}'`};`;
  const script = join(scratch, `${name}.load`);
  await writeFile(script, load);
  return { program: 'pgloader', args: ['--root-dir', join(scratch, 'pgloader'), script] };
}

/** By the byte order mark; without one it is little here. */
async function byteOrder(path: string): Promise<'le' | 'be'> {
  return (await readFile(path))[0] === 0xfe ? 'be' : 'le';
}

function escaped(delimiter: string): string {
  return delimiter === '\t' ? "E'\\t'" : `'${delimiter}'`;
}

async function firstLine(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args);
  return (stdout.split('\n')[0] ?? '').replace(/^Version: /, 'Sling ').trim();
}
