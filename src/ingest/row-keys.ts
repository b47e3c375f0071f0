import type { Dataset } from '../domain/dataset.ts';
import { type CopyBuffer, viewOf } from './copy-buffer.ts';
import { KeySet } from './key-set.ts';

/** Keys of a larger file are not held in memory: Postgres looks for equal ones among the rows that were loaded. */
export const keysInMemory = 2_500_000;

/** Of a numeric field of COPY: its length, then groups, weight, sign and scale of two bytes each, then the groups of four digits. */
const numeric = { groups: 4, scale: 10, digits: 12 } as const;

/** The rows of a file by their keys, as they lie in a row of COPY. */
export class RowKeys {
  readonly #columns: readonly { readonly index: number; readonly isAnyNumeric: boolean }[];
  /** The column that is the whole key, as it lies in the row; null: there are several, or it must be normalised. */
  readonly #only: number | null;
  readonly #seen: KeySet;
  #scratch = Buffer.alloc(1_024);

  /** `rows`: the most that there can be. */
  constructor({ key, columns, onDuplicate }: Dataset, rows: number) {
    this.#columns = key.map((name) => {
      const index = columns.findIndex((column) => column.name === name);
      const type = columns[index]?.type;
      return { index, isAnyNumeric: type?.kind === 'numeric' && type.precision === null };
    });
    const [first, second] = this.#columns;
    this.#only = first === undefined || second !== undefined || first.isAnyNumeric ? null : first.index;
    this.#seen = new KeySet(rows, onDuplicate === 'last');
  }

  /**
   * Adds the row's key, and returns the line of a row that has it already: the last one where that counts, else the first. 0: there is
   * none, or the key has a null in it, which equals no other, as in SQL. Column i ends at `ends[i]`; the first one begins at `start`.
   */
  put({ bytes, view }: CopyBuffer, start: number, ends: Int32Array, line: number): number {
    const only = this.#only;
    if (only !== null) {
      const from = ends[only - 1] ?? start;
      return isNull(bytes, from) ? 0 : this.#seen.put(view, from, ends[only] ?? start, line);
    }
    const length = this.#gather(bytes, start, ends);
    return length === 0 ? 0 : this.#seen.put(viewOf(this.#scratch), 0, length, line);
  }

  /** All columns of the key, one behind the other; 0: one of them is null. */
  #gather(bytes: Uint8Array, start: number, ends: Int32Array): number {
    const most = (ends.at(-1) ?? start) - start;
    if (this.#scratch.length < most) this.#scratch = Buffer.alloc(most);
    let length = 0;
    for (const { index, isAnyNumeric } of this.#columns) {
      const from = ends[index - 1] ?? start;
      if (isNull(bytes, from)) return 0;
      this.#scratch.set(bytes.subarray(from, ends[index]), length);
      const size = (ends[index] ?? start) - from;
      length += isAnyNumeric ? this.#asNumber(length, size) : size;
    }
    return length;
  }

  /** 1.0 and 1.00 are the same key: drops the scale, and groups of zeros at the end. Returns the size that is left. */
  #asNumber(at: number, size: number): number {
    const field = this.#scratch.subarray(at, at + size);
    let end = size;
    while (end > numeric.digits && field.readInt16BE(end - 2) === 0) end -= 2;
    field.writeInt32BE(end - 4);
    field.writeInt16BE((end - numeric.digits) / 2, numeric.groups);
    field.writeInt16BE(0, numeric.scale);
    return end;
  }
}

/** Only a null's length has its upper bit set. */
function isNull(bytes: Uint8Array, field: number): boolean {
  return (bytes[field] ?? 0) > 0x7f;
}
