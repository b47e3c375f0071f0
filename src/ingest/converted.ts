import type { Column, ColumnType } from '../domain/dataset.ts';
import { converterOf } from './column-converter.ts';
import type { Converter } from './converter.ts';
import { CopyBuffer } from './copy-buffer.ts';

/** More than a converter writes beyond the text that it is given. */
const spareBytes = 64;

const out = new CopyBuffer();

/** What COPY would get for the value; null: it is refused. Good until the next call. */
export function converted(convert: Converter, value: string): Buffer | null {
  const bytes = Buffer.from(value);
  out.length = 0;
  out.reserve(2 * bytes.length + spareBytes);
  return convert(bytes, 0, bytes.length, out) === null ? out.bytes.subarray(0, out.length) : null;
}

/** Of a column without any rules. Times without an offset are those of UTC. */
export function converterFor(type: ColumnType, formats: readonly string[] = []): Converter {
  const column: Column = {
    ...{ name: '', type, headers: [], required: false, formats },
    ...{ default: null, min: null, max: null, pattern: null },
  };
  return converterOf(column, 'UTC');
}
