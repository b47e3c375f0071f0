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
        const { encoding } = await survey(bytes, null, () => cut(bytes, at));
        expect(encoding).toEqual({ name: 'utf-8', bomLength: 0 });
      }),
    );
  });

  it('is not UTF-8 where the last character is cut off by the end of the file', async () => {
    const bytes = Buffer.from('a\u20ac').subarray(0, 3);
    const { encoding } = await survey(bytes, null, () => cut(bytes, 1));
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

  const umlauts = 'n\u00e4me;x\r\n\u00fc;1\r\n';
  const encoded = {
    'utf-8': Buffer.from(umlauts),
    'utf-16le': Buffer.from(umlauts, 'utf16le'),
    'utf-16be': Buffer.from(umlauts, 'utf16le').swap16(),
    'windows-1252': Buffer.from(umlauts, 'latin1'),
  };
  const names = Object.keys(encoded) as (keyof typeof encoded)[];

  it.each(names)('is found to be %s without a byte order mark', async (name) => {
    const found = await survey(encoded[name], null, () => cut(encoded[name], 3));
    expect(found).toEqual({ encoding: { name, bomLength: 0 }, bytes: encoded[name].length, lines: 2 });
  });

  it.each(names.flatMap((name) => names.map((wanted) => [name, wanted] as const)))(
    'of %s bytes, where the dataset says %s, is that or refused',
    async (name, wanted) => {
      const found = survey(encoded[name], wanted, () => cut(encoded[name], 3));
      // Any bytes of UTF-8 can be those of Windows-1252.
      if (name === wanted || (name === 'utf-8' && wanted === 'windows-1252')) {
        expect((await found).encoding.name).toBe(wanted);
      } else {
        await expect(found).rejects.toMatchObject({ reason: 'undecodable' });
      }
    },
  );

  it('may be UTF-16 of a script that has no zeros in its letters, where the dataset says so', async () => {
    const bytes = Buffer.from('\u540d;\u53f7\n\u5f20;\u4e00\n', 'utf16le');
    expect((await survey(bytes, 'utf-16le', () => cut(bytes, 3))).encoding.name).toBe('utf-16le');
  });

  it.each([Buffer.from('fffe0000', 'hex'), Buffer.from('0000feff', 'hex')])(
    'is refused as UTF-32: %j',
    async (mark) => {
      const bytes = Buffer.concat([mark, Buffer.from('id')]);
      await expect(survey(bytes, null, () => cut(bytes, 3))).rejects.toThrow('UTF-32');
    },
  );
});
