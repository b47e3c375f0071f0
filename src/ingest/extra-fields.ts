import type { ScannedRecord } from './scanned-record.ts';

/** A field of a file that its dataset does not list. */
export interface UnknownField {
  readonly index: number;
  /** The header's text; `column 3` where it is empty. No two are equal. */
  readonly name: string;
}

const none = Buffer.alloc(0);

/**
 * What stands in these fields as a JSON object, empty ones left out; no bytes when all are. Null: a NUL is among it, which jsonb
 * does not hold.
 */
export function extraFields(record: ScannedRecord, fields: readonly UnknownField[]): Buffer | null {
  const values = fields.flatMap(({ index, name }) => {
    const text = record.fieldText(index);
    return text === '' ? [] : [[name, text] as const];
  });
  if (values.some(([, text]) => text.includes('\0'))) return null;
  return values.length === 0 ? none : Buffer.from(JSON.stringify(Object.fromEntries(values)));
}

/** Of a header: the fields that no column has taken. */
export function unknownFields(headers: readonly string[], taken: Int32Array): UnknownField[] {
  /** By each name that is used, the number of its last copy: a damaged header may have the same name 50,000 times. */
  const copies = new Map<string, number>();
  return headers.flatMap((header, index) => {
    if (taken.includes(index)) return [];
    const plain = header.normalize('NFC').trim() || `column ${index + 1}`;
    let name = plain;
    for (let copy = copies.get(plain) ?? 1; copies.has(name); name = `${plain} (${copy})`) {
      copy += 1;
      copies.set(plain, copy);
    }
    copies.set(name, 1);
    return [{ index, name }];
  });
}
