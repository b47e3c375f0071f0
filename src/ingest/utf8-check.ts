import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** Whether bytes are UTF-8 throughout, chunk by chunk. */
export class Utf8Check {
  #isValid = true;
  /** Begins a character whose other bytes have not come yet. */
  #tail: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    if (!this.#isValid) return;
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const whole = wholeCharactersLength(bytes);
    this.#isValid = isUtf8(bytes.subarray(0, whole));
    this.#tail = Buffer.from(bytes.subarray(whole));
  }

  /** Once everything was pushed. */
  get isValid(): boolean {
    return this.#isValid && this.#tail.length === 0;
  }
}

/**
 * Whether there are at least as many well-formed multi-byte characters as bytes that are not UTF-8. Windows-1252 text hardly ever
 * forms any; taking UTF-8 for it would load wrong letters, while the other way round rows are rejected.
 */
export async function isMostlyUtf8(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let balance = 0;
  let isAnyFormed = false;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === 0xfffd) balance -= 1;
      else if (unit > 0x7f) {
        balance += 1;
        isAnyFormed = true;
      }
    }
  }
  return isAnyFormed && balance >= 0;
}

/** Without a last character whose bytes have not all come yet. */
function wholeCharactersLength(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
