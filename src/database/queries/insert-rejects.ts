import type { Transaction } from '../connection.ts';
import type { RejectedRow } from './row-source.ts';

const atOnce = 1000;

export async function insertRejects(
  tx: Transaction,
  fileId: number,
  rejects: readonly RejectedRow[],
): Promise<void> {
  for (let start = 0; start < rejects.length; start += atOnce) {
    const page = rejects.slice(start, start + atOnce);
    await tx`
      insert into rejects (file_id, line, byte_offset, column_name, reason, detail, raw)
      select ${fileId}::bigint, * from unnest(
        ${page.map((row) => row.line)}::bigint[], ${page.map((row) => row.byteOffset)}::bigint[],
        ${page.map((row) => row.column)}::text[], ${page.map((row) => row.reason)}::text[],
        ${page.map((row) => storable(row.detail))}::text[], ${page.map((row) => storable(row.raw))}::text[])`;
  }
}

/** Postgres text holds every character but NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}');
}
