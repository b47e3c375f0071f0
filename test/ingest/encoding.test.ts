import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decode } from '../../src/ingest/decode.ts';
import { encodedLength } from '../../src/ingest/encoding.ts';
import { survey } from '../../src/ingest/survey.ts';

/** The bytes in two chunks, cut at `at`. */

async function* cut(bytes: Buffer, at: number): AsyncGenerator<Buffer, void> {
  yield bytes.subarray(0, at);
  yield bytes.subarray(at);
}

const text = fc.string({ unit: fc.constantFrom('a', '\u00fc', '\u20ac', '\u{1f600}'), maxLength: 8 });

describe('the encoding of a file', () => {
  it('is UTF-8 wherever the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.nat(32), async (content, at) => {
        const bytes = Buffer.from(content);
        const { encoding } = await survey(bytes, () => cut(bytes, at));
        expect(encoding).toEqual({ name: 'utf-8', bomLength: 0 });
      }),
    );
  });

  it('is not UTF-8 where the last character is cut off by the end of the file', async () => {
    const bytes = Buffer.from('a\u20ac').subarray(0, 3);
    const { encoding } = await survey(bytes, () => cut(bytes, 1));
    expect(encoding.name).toBe('windows-1252');
  });

  it.each(['utf-16le', 'utf-16be'] as const)(
    'decodes %s wherever the chunks are cut, and counts its bytes back',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(text, fc.nat(32), async (content, at) => {
          const bytes = Buffer.from(`\ufeff${content}`, 'utf16le');
          if (name === 'utf-16be') bytes.swap16();
          const pieces: Buffer[] = [];
          for await (const piece of decode(cut(bytes, at), { name, bomLength: 2 })) pieces.push(piece);
          const decoded = Buffer.concat(pieces);
          expect(decoded.toString()).toBe(content);
          expect(encodedLength(name, decoded, 0, decoded.length)).toBe(bytes.length - 2);
        }),
      );
    },
  );
});
