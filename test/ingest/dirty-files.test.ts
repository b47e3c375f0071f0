import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Dataset } from '../../src/domain/dataset.ts';
import { FileUnreadable } from '../../src/ingest/file-unreadable.ts';
import { Ledger } from '../database/ledger.ts';
import { corpusDir, dirtyFiles, nothingLoaded, type Outcome, shownReject, shownRow } from './dirty-corpus.ts';
import { readOutcome } from './read-outcome.ts';

const files = dirtyFiles();

it('every dirty file has an expectation, and every expectation a file', () => {
  const present = readdirSync(corpusDir).filter((name) => !name.endsWith('.toml'));
  expect(files.map(({ name }) => name).sort()).toEqual(present.sort());
  expect(files.length).toBeGreaterThanOrEqual(60);
});

it.each(files)('$name is read as expected: $about', async ({ path, dataset, expected }) => {
  expect(await readOutcome(path, dataset)).toEqual(expected);
});

const toml = readFileSync(join(corpusDir, 'settings.toml'), 'utf8');

describe.each([...Map.groupBy(files, ({ dataset }) => dataset.name)])(
  'Postgres has what is expected of files of %s:',
  (datasetName, ofDataset) => {
    let ledger: Ledger;
    beforeAll(async () => {
      ledger = await Ledger.create(toml, datasetName);
    });
    afterAll(() => ledger[Symbol.asyncDispose]());

    it.each(ofDataset)('$name', async ({ name, path, expected }) => {
      await ledger.list({ id: name, path: name, hash: name });
      await ledger.manifest(name);
      expect(await ingestOutcome(ledger, name, readFileSync(path))).toEqual(expected);
    });
  },
);

/** What a file has left behind in Postgres, in the words of `expected.toml`. */
async function ingestOutcome(ledger: Ledger, runId: string, content: Uint8Array): Promise<Outcome> {
  const { sql, dataset } = ledger;
  const { fileId } = await ledger.file(runId);
  const refusal = await ledger.ingestCsv(runId, content).then(
    () => null,
    (error: unknown) => {
      if (error instanceof FileUnreadable) return error;
      throw error;
    },
  );
  const rows = await sql<{ line: number; values: (string | null)[]; extra: unknown }[]>`
    select _line as line, jsonb_build_array(${sql.unsafe(shownColumns(dataset))}) as values,
      ${dataset.unknownColumns === 'capture' ? sql`_extra` : sql`null`} as extra
    from ${sql(`datasets.${dataset.name}`)} where _file_id = ${fileId} order by _line`;
  const rejects = await sql<{ line: number; byteOffset: number; column: string | null; reason: string }[]>`
    select line, byte_offset as "byteOffset", column_name as column, reason
    from charlie.rejects where file_id = ${fileId} order by line`;
  const [counts] = await sql<[{ read: number; loaded: number; duplicate: number; blank: number }]>`
    select rows_read as read, rows_loaded as loaded, rows_duplicate as duplicate, rows_blank as blank
    from charlie.ingestion_log where file_id = ${fileId}`;
  if (refusal !== null) {
    expect([...rows, ...rejects], 'what a refused file leaves behind').toEqual([]);
    return { ...nothingLoaded, quarantined: refusal.reason };
  }
  expect(counts.loaded).toBe(rows.length);
  expect(counts.read).toBe(rows.length + rejects.length + counts.duplicate + counts.blank);
  return {
    loaded: rows.map(({ line, values, extra }) => shownRow(line, dataset, values, extra)),
    rejected: rejects.map(shownReject),
    duplicate: counts.duplicate,
    blank: counts.blank,
    quarantined: null,
  };
}

/** Each column as Postgres writes it. */
function shownColumns({ columns }: Dataset): string {
  return columns
    .map(({ name, type }) => (type.kind === 'boolean' ? `left("${name}"::text, 1)` : `"${name}"::text`))
    .join(', ');
}
