import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { viewOf } from '../../src/ingest/copy-buffer.ts';
import { KeySet } from '../../src/ingest/key-set.ts';

describe('the keys seen', () => {
  it('says of each key on which line it was, as a Map would', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 20 })), (keys) => {
        const seen = new Map<string, { first: number; last: number }>();
        const [firsts, lasts] = [new KeySet(keys.length, false), new KeySet(keys.length, true)];
        for (const [index, key] of keys.entries()) {
          const bytes = viewOf(Buffer.from(key));
          const known = seen.get(key);
          expect(firsts.put(bytes, 0, bytes.byteLength, index + 1)).toBe(known?.first ?? 0);
          expect(lasts.put(bytes, 0, bytes.byteLength, index + 1)).toBe(known?.last ?? 0);
          seen.set(key, { first: known?.first ?? index + 1, last: index + 1 });
        }
      }),
    );
  });

  it('keeps a hundred thousand similar keys apart, and has room for as many as it was made for', () => {
    const set = new KeySet(100_000, false);
    const keys = Array.from({ length: 100_000 }, (_, i) =>
      viewOf(Buffer.from(`call-${i}\t2026-01-0${i % 9}\t`)),
    );
    expect(keys.every((key, index) => set.put(key, 0, key.byteLength, index + 1) === 0)).toBe(true);
    expect(keys.every((key, index) => set.put(key, 0, key.byteLength, 1) === index + 1)).toBe(true);
  });
});
