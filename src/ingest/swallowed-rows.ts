import { RecordScanner } from './record-scanner.ts';
import type { RowWriter } from './row-writer.ts';
import type { ScannedRecord } from './scanned-record.ts';

const cr = 0x0d;
const lf = 0x0a;

/**
 * Whether a record over several lines is really several rows: a stray quote in one, and another in a later one, make one field of
 * all that lies between. So it is when the record has not as many fields as the header, or when each line behind the first would be
 * a row by itself, its numbers and times included: text that somebody wrote hardly ever is.
 */
export function hasSwallowedRows(record: ScannedRecord, delimiter: number, rows: RowWriter): boolean {
  if (record.lines === 1) return false;
  if (record.fieldCount !== rows.fieldCount) return true;
  if (!lastLineHasFields(record, delimiter, rows.fieldCount)) return false;
  const lines = new RecordScanner(delimiter);
  lines.push(record.bytes.subarray(secondLine(record), record.end));
  lines.finish();
  while (lines.next()) {
    if (!rows.isTypedRow(lines)) return false;
  }
  return true;
}

/** Spares the closer look where notes of several lines are the rule. */
function lastLineHasFields({ bytes, contentEnd }: ScannedRecord, delimiter: number, count: number): boolean {
  let delimiters = 0;
  for (let at = contentEnd - 1; bytes[at] !== lf && bytes[at] !== cr; at -= 1) {
    if (bytes[at] === delimiter) delimiters += 1;
  }
  return delimiters >= count - 1;
}

function secondLine({ bytes, start }: ScannedRecord): number {
  let at = start;
  while (bytes[at] !== lf && bytes[at] !== cr) at += 1;
  return bytes[at] === cr && bytes[at + 1] === lf ? at + 2 : at + 1;
}
