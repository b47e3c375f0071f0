import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { KeySet } from '../../src/ingest/key-set.ts';

describe('the keys seen', () => {
  it('says of each key whether it is new, as a Set would', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 20 })), (keys) => {
        const seen = new Set<string>();
        const set = new KeySet(keys.length);
        for (const key of keys) {
          const bytes = Buffer.from(key);
          expect(set.add(bytes, 0, bytes.length)).toBe(!seen.has(key));
          seen.add(key);
        }
      }),
    );
  });

  it('keeps a hundred thousand similar keys apart, and has room for as many as it was made for', () => {
    const set = new KeySet(100_000);
    const keys = Array.from({ length: 100_000 }, (_, i) => Buffer.from(`call-${i}\t2026-01-0${i % 9}\t`));
    expect(keys.every((key) => set.add(key, 0, key.length))).toBe(true);
    expect(keys.some((key) => set.add(key, 0, key.length))).toBe(false);
  });
});
