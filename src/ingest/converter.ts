import type { CopyBuffer } from './copy-buffer.ts';
import type { RejectReason } from './reject.ts';

/**
 * Writes the value in `source[start, end)` in its canonical form, or says why it cannot. The range is never empty except for text,
 * trimmed except for text, and holds no doubled quotes.
 */
export type Converter = (
  source: Uint8Array,
  start: number,
  end: number,
  out: CopyBuffer,
) => RejectReason | null;
