import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type ChunkLimits,
  chunkLabel,
  chunkStarts,
  firstPass,
  retryPass,
} from '../../src/domain/chunking.ts';

const size = fc.nat({ max: 1_000_000_000 });
/** The hardest: some files that are too heavy in twos, and many light ones. */
const heavyAndLight = fc
  .tuple(fc.nat({ max: 250 }), fc.nat({ max: 1200 }))
  .map(([heavy, light]) => [
    ...Array.from({ length: heavy }, () => 1e6),
    ...Array.from({ length: light }, () => 1),
  ]);
const anySizes = fc.oneof(fc.array(size, { maxLength: 1500, size: 'max' }), heavyAndLight);
const anyLimits = fc.record({
  maxChunks: fc.integer({ min: 1, max: 200 }),
  maxBytes: fc.oneof(fc.integer({ min: 1, max: 2_000_000 }), fc.constant(Number.POSITIVE_INFINITY)),
});

describe('chunkStarts', () => {
  test('puts every file into one chunk, in order', () => {
    fc.assert(
      fc.property(anySizes, anyLimits, (sizes, limits) => {
        const starts = chunkStarts(sizes, limits);
        expect(starts[0]).toBe(sizes.length === 0 ? undefined : 0);
        for (const [index, start] of starts.slice(1).entries()) expect(start).toBeGreaterThan(starts[index]!);
        expect(starts.at(-1) ?? -1).toBeLessThan(sizes.length);
        expect(chunksOf(sizes, limits).flat()).toEqual(sizes);
      }),
    );
  });

  test('never makes more chunks than a run may have', () => {
    fc.assert(
      fc.property(anySizes, anyLimits, (sizes, limits) => {
        expect(chunkStarts(sizes, limits).length).toBeLessThanOrEqual(limits.maxChunks);
      }),
      { numRuns: 1000 },
    );
  });

  test('gives each file of a small run a chunk of its own', () => {
    fc.assert(
      fc.property(anySizes, anyLimits, (sizes, limits) => {
        const few = sizes.slice(0, limits.maxChunks);
        expect(chunkStarts(few, limits)).toEqual([...few.keys()]);
      }),
    );
    expect(chunkStarts(Array.from({ length: 200 }).fill(1e9) as number[], firstPass)).toHaveLength(200);
    expect(chunkStarts(Array.from({ length: 40 }).fill(1e9) as number[], retryPass)).toHaveLength(40);
  });

  test('closes a chunk before it gets too heavy, as long as there are chunks left for that', () => {
    fc.assert(
      fc.property(anySizes, anyLimits, (sizes, limits) => {
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const allowed = Math.max(limits.maxBytes, (4 * total) / limits.maxChunks);
        for (const chunk of chunksOf(sizes, limits)) {
          if (chunk.length > 1)
            expect(chunk.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(allowed);
        }
      }),
    );
  });

  test('keeps to 256 MB where large files stand together, also when the count of files fills every chunk', () => {
    const megabyte = 1024 * 1024;
    const sizes = Array.from({ length: 1000 }, (_, index) => (index < 20 ? 200 * megabyte : 1000));
    for (const chunk of chunksOf(sizes, firstPass)) {
      if (chunk.length > 1) {
        expect(chunk.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(256 * megabyte);
      }
    }
  });

  test('makes chunks of many files when there are many', () => {
    const counts = [5000, 100_000].map(
      (files) =>
        chunkStarts(
          Array.from({ length: files }, () => 1000),
          firstPass,
        ).length,
    );
    for (const count of counts) {
      expect(count).toBeGreaterThanOrEqual(50);
      expect(count).toBeLessThanOrEqual(200);
    }
  });
});

describe('chunkLabel', () => {
  test('names the file of a chunk of one, and counts the others of a larger one', () => {
    expect(chunkLabel('calls_20261122_1400.csv', 1)).toBe('calls_20261122_1400.csv');
    expect(chunkLabel('calls_20261122_1400.csv', 25)).toBe('calls_20261122_1400.csv and 24 more');
  });

  test('is at most 80 characters of proper text, and begins like the name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 100_000 }),
        (name, files) => {
          const label = chunkLabel(name, files);
          expect(label.length).toBeLessThanOrEqual(80);
          expect(label.isWellFormed()).toBe(true);
          expect(label.slice(0, 39)).toBe((name + label.slice(name.length)).slice(0, 39));
        },
      ),
    );
  });

  test('shows that a name was cut', () => {
    expect(chunkLabel('x'.repeat(100), 1)).toBe(`${'x'.repeat(79)}…`);
    expect(chunkLabel('x'.repeat(80), 1)).toBe('x'.repeat(80));
    expect(chunkLabel('x'.repeat(100), 7)).toBe(`${'x'.repeat(68)}… and 6 more`);
    expect(chunkLabel(`${'x'.repeat(78)}😀.csv`, 1)).toBe(`${'x'.repeat(78)}…`);
  });
});

function chunksOf(sizes: readonly number[], limits: ChunkLimits): number[][] {
  const starts = chunkStarts(sizes, limits);
  return starts.map((start, index) => sizes.slice(start, starts[index + 1]));
}
