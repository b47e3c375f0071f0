import type { Dataset } from '../../src/domain/dataset.ts';
import type { FileAccount } from '../../src/ingest/file-account.ts';
import { type ReadOptions, readFile } from '../../src/ingest/read-file.ts';
import type { Reject } from '../../src/ingest/reject.ts';
import { parseCopyBinary, shown } from './copy-binary.ts';

export interface Loaded {
  /** Without `_file_id` and `_line`. */
  readonly rows: (string | null)[][];
  /** `_extra`, where it is captured. */
  readonly extras: unknown[];
  readonly lines: number[];
  readonly account: FileAccount;
  readonly rejects: readonly Reject[];
}

/** Reads a file, and parses what COPY would get. */
export async function loadFile(
  path: string,
  target: Dataset,
  options: Omit<ReadOptions, 'fileId'> = {},
): Promise<Loaded> {
  const reading = readFile(path, target, { fileId: 9_007_199_254_740_993n, ...options });
  const chunks: Buffer[] = [];
  for await (const chunk of reading.chunks) chunks.push(chunk);
  const rows = parseCopyBinary(Buffer.concat(chunks));
  return {
    rows: rows.map((row) => target.columns.map(({ type }, i) => shown(type, row[i] ?? null))),
    extras:
      target.unknownColumns === 'capture'
        ? rows.map((row) => extraOf(row[target.columns.length] ?? null))
        : [],
    lines: rows.map((row) => Number(row.at(-1)?.readBigInt64BE())),
    account: reading.account(),
    rejects: reading.takeRejects(),
  };
}

/** A jsonb has a version before its text. */
function extraOf(field: Buffer | null): unknown {
  if (field === null) return null;
  if (field[0] !== 1) throw new Error(`jsonb of version ${field[0]}`);
  return JSON.parse(field.toString('utf8', 1));
}
