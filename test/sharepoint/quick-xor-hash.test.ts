import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { QuickXorHash } from '../../src/sharepoint/quick-xor-hash.ts';

describe('QuickXorHash', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['one byte', Buffer.from([0x4a]), 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
    ['hello world', Buffer.from('hello world'), 'aCgDG9jwBhDc4Q1yawMZAAAAAAA='],
    ['a small CSV', Buffer.from('a,b\n1,2\n'), 'YWCBGBQQAxbIQAEACAAAAAAAAAA='],
    ['a CSV with a byte order mark', Buffer.from('\ufeffid;name\r\n'), '79jFL9JAhh24IQxtJEMDFAAAAAA='],
    [
      'every byte',
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
      'QkGEfSisZcA7k+FCh71r2dbCayY=',
    ],
    ['1 MiB of A', Buffer.alloc(1 << 20, 0x41), 'QAEKUIACFKAABShAQAICkIAEJCA='],
  ])('gives the published hash of %s', (_, content, hash) => {
    expect(new QuickXorHash().update(content).digest()).toBe(hash);
  });

  it('agrees with the definition, bit by bit, however the content is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 6 }), (pieces) => {
        const hash = new QuickXorHash();
        for (const piece of pieces) hash.update(piece);
        expect(hash.digest()).toBe(defined(Buffer.concat(pieces)));
      }),
    );
  });

  it('may be read before the end and continued', () => {
    const hash = new QuickXorHash().update(Buffer.from('hello '));
    hash.digest();
    expect(hash.update(Buffer.from('world')).digest()).toBe('aCgDG9jwBhDc4Q1yawMZAAAAAAA=');
  });
});

/** Of an integer of 160 bits, as Microsoft writes the algorithm down. */
function defined(content: Buffer): string {
  const mask = (1n << 160n) - 1n;
  let register = 0n;
  for (const [index, byte] of content.entries()) {
    const shift = BigInt((index * 11) % 160);
    register ^= ((BigInt(byte) << shift) | (BigInt(byte) >> (160n - shift))) & mask;
  }
  register ^= BigInt(content.length) << 96n;
  const digits = register.toString(16).padStart(40, '0');
  return Buffer.from(digits, 'hex').reverse().toString('base64');
}
