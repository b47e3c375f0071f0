import { readFileSync, statSync } from 'node:fs';

import type { Dataset } from '../../src/domain/dataset.ts';
import { FileUnreadable } from '../../src/ingest/file-unreadable.ts';
import { type Loaded, loadFile } from '../../test/ingest/load-file.ts';

/** `refused`: whole. */
export interface Checked {
  readonly outcome: 'refused' | 'read';
  readonly rows: number;
}

/** Reads a file as a worker does. Throws for everything that no file may cause: any error but FileUnreadable, or an account that is wrong. */
export async function checkFile(path: string, dataset: Dataset): Promise<Checked> {
  try {
    const loaded = await loadFile(path, dataset);
    const wrong = wrongIn(loaded, path);
    if (wrong !== null) throw new Error(`The account is wrong: ${wrong}`);
    return { outcome: 'read', rows: loaded.account.read };
  } catch (error) {
    if (error instanceof FileUnreadable) return { outcome: 'refused', rows: 0 };
    throw error;
  }
}

function wrongIn({ rows, lines, account, rejects }: Loaded, path: string): string | null {
  const { read, loaded, rejected, duplicate, blank, superseded } = account;
  if (read !== loaded + rejected + duplicate + blank) return `rows read ${JSON.stringify(account)}`;
  if (rows.length !== loaded + superseded.length)
    return `${rows.length} rows for COPY, ${loaded} loaded, ${superseded.length} superseded`;
  if (rejects.length !== rejected) return `${rejects.length} rejects, ${rejected} counted`;
  if (superseded.some((line) => !lines.includes(line))) return 'a superseded line that was not written';
  const places = rejects.map(({ line }) => line);
  if (!isAscending(lines) || !isAscending(places)) return 'lines are not ascending';
  if (new Set([...lines, ...places]).size !== lines.length + places.length) return 'a line is used twice';
  if (!isAscending(rejects.map(({ byteOffset }) => byteOffset))) return 'byte offsets are not ascending';
  const strayed = rejects.find(({ raw, byteOffset }) => raw.includes('\0') || byteOffset < 0);
  if (strayed !== undefined) return `a reject that Postgres would not store: ${JSON.stringify(strayed)}`;
  return wrongRawIn(rejects, path);
}

/** Where a file is plain ASCII, what stands at the byte offset of a reject is its text. */
function wrongRawIn(rejects: Loaded['rejects'], path: string): string | null {
  if (rejects.length === 0 || statSync(path).size > 10_000) return null;
  const bytes = readFileSync(path);
  if (bytes.some((byte) => byte === 0 || byte > 0x7f)) return null;
  const text = bytes.toString('latin1');
  const wrong = rejects.find(
    ({ raw, byteOffset }) => !raw.endsWith('…') && !text.startsWith(raw, byteOffset),
  );
  return wrong === undefined ? null : `the text of a reject is elsewhere: ${JSON.stringify(wrong)}`;
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0));
}
