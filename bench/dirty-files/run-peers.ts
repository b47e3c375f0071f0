import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';

import postgres from 'postgres';

import { sqlType } from '../../src/database/table-plan.ts';
import { freePort } from '../../src/local/ports.ts';
import { removePostgresData, startPostgres } from '../../src/local/postgres-server.ts';
import { type DirtyFile, dirtyFiles, shownRow } from '../../test/ingest/dirty-corpus.ts';
import { type PeerOutcome, peerNames, readPeerResults, resultsPath } from './peer-results.ts';
import { type Command, type Peer, peersOf, type Target } from './peers.ts';

/** For files of a few hundred bytes. */
const timeLimitMs = 120_000;

/**
 * Runs other loaders on the files of test/ingest/dirty-files and writes down what came of it; with `--peer` and `--file`, only those that
 * are named, and all other results stay. They must be installed: psql and pgloader on the PATH, `sling-linux-amd64` 1.4.11 and
 * `dlt[postgres]` with pandas from PyPI.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      peer: { type: 'string', multiple: true, default: [...peerNames] },
      file: { type: 'string', multiple: true, default: dirtyFiles().map(({ name }) => name) },
      sling: { type: 'string', default: 'sling' },
      python: { type: 'string', default: 'python3' },
    },
  });
  const files = dirtyFiles().filter(({ name }) => values.file.includes(name));
  const peers = peersOf(values).filter(({ name }) => values.peer.includes(name));
  const scratch = await mkdtemp(join(tmpdir(), 'charlie-peers-'));
  // As root, Postgres runs as another user, who has to pass.
  await chmod(scratch, 0o711);
  const server = await startPostgres({
    stateDir: scratch,
    port: await freePort(),
    onProgress: () => undefined,
    throwaway: true,
  });
  const sql = postgres(server.url, { max: 4, onnotice: () => undefined, connection: { TimeZone: 'UTC' } });
  try {
    await runAll(peers, files, { databaseUrl: server.url, scratch }, sql);
  } finally {
    await sql.end();
    await server.stop();
    await removePostgresData(scratch);
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runAll(
  peers: readonly Peer[],
  files: readonly DirtyFile[],
  target: Target,
  sql: postgres.Sql,
): Promise<void> {
  const versions = await versionsOf(peers, sql);
  const before = existsSync(resultsPath) ? readPeerResults() : null;
  const outcomesOf: Record<string, object> = { ...before?.files };
  for (const file of files) {
    const outcomes = await Promise.all(
      peers.map(async (peer) => [peer.name, await outcomeOf(peer, file, target, sql)] as const),
    );
    outcomesOf[file.name] = { ...before?.files[file.name], ...Object.fromEntries(outcomes) };
    console.error(file.name, JSON.stringify(outcomesOf[file.name]));
  }
  const results = { versions: { ...before?.versions, ...versions }, files: outcomesOf };
  writeFileSync(resultsPath, `${JSON.stringify(results, null, 2)}\n`);
}

async function versionsOf(peers: readonly Peer[], sql: postgres.Sql): Promise<Record<string, string>> {
  const [{ server_version: postgresVersion }] = await sql<[{ server_version: string }]>`show server_version`;
  const versions = await Promise.all(
    peers.map(async ({ name, version }) => [name, await version()] as const),
  );
  return { postgres: postgresVersion, ...Object.fromEntries(versions) };
}

async function outcomeOf(
  peer: Peer,
  file: DirtyFile,
  target: Target,
  sql: postgres.Sql,
): Promise<PeerOutcome> {
  await makeTable(peer, file, sql);
  const { exit, output } = await run(await peer.command(file, target));
  const found = await rowsOf(peer, file, sql);
  const wanted = file.expected.loaded.map(comparable);
  const right = found.filter((row) => {
    const at = wanted.indexOf(row);
    if (at >= 0) wanted.splice(at, 1);
    return at >= 0;
  });
  return {
    exit,
    right: right.length,
    others: found.length - right.length,
    said: complaintIn(output, target),
  };
}

async function makeTable({ name }: Peer, { dataset }: DirtyFile, sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`drop schema if exists ${name} cascade`);
  // It has to make its schema and its table itself.
  if (name === 'dlt') return;
  const columns = dataset.columns.map((column) => `${column.name} ${sqlType(column.type)}`);
  await sql.unsafe(`create schema ${name}; create table ${name}.${dataset.name} (${columns.join(', ')})`);
}

/** What its table holds of the dataset's columns. */
async function rowsOf({ name }: Peer, { dataset }: DirtyFile, sql: postgres.Sql): Promise<string[]> {
  const columns = await sql<{ column: string }[]>`
    select column_name as column from information_schema.columns
    where table_schema = ${name} and table_name = ${dataset.name}`;
  if (columns.length === 0) return [];
  const present = new Set(columns.map(({ column }) => column));
  const selected = dataset.columns.map(({ name: column, type }) => {
    if (!present.has(column)) return 'null';
    return type.kind === 'boolean' ? `left(${column}::text, 1)` : `${column}::text`;
  });
  const rows = await sql.unsafe<{ values: (string | null)[] }[]>(
    `select jsonb_build_array(${selected.join(', ')}) as values from ${name}.${dataset.name}`,
  );
  return rows.map(({ values }) => comparable(shownRow(0, dataset, values)));
}

/** Without the line, empty texts and what was captured: nobody else has these. */
function comparable(row: string): string {
  return row
    .replace(/^\d+:/, '')
    .replace(/ _extra=.*$/, '')
    .replaceAll(/ \w+=""(?= |$)/g, '');
}

async function run({ program, args, env }: Command): Promise<{ exit: number | null; output: string }> {
  const options = { env: { ...process.env, ...env }, timeout: timeLimitMs, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    const child = execFile(program, args, { ...options, maxBuffer: 64_000_000 }, (_error, stdout, stderr) => {
      resolve({ exit: child.exitCode, output: `${stderr}\n${stdout}` });
    });
  });
}

/** The end of a traceback of Python, which has many lines with errors before it. */
const exception = /^\w[\w.]*(?:Error|Exception): /;
const complaint = /\b(?:error|fatal|\w+(?:Error|Exception|Failed))\b/i;

/** Without colours, times, paths and addresses, which are those of one machine. */
function complaintIn(output: string, { databaseUrl, scratch }: Target): string {
  const plain = stripVTControlCharacters(output).replace(/\bfatal:\s+~?\s*/, 'fatal: ');
  const lines = plain.split('\n');
  const line = lines.find((each) => exception.test(each)) ?? lines.find((each) => complaint.test(each)) ?? '';
  const names = [databaseUrl, scratch, fileURLToPath(new URL('../../', import.meta.url))];
  return names
    .reduce((text, name) => text.replaceAll(name, ''), line)
    .replace(/^[\d\-T:.Z+ ]+(?:[AP]M )?/, '')
    .replaceAll(/ \{[\dA-F]{8,}\}/g, '')
    .replaceAll(/\/\S*\/(?:site-packages|tmp\w+)\//g, '')
    .replace(/^.*Message:"(.*?)", Detail.*$/, 'ERROR: $1')
    .slice(0, 160)
    .trim();
}

await main();
