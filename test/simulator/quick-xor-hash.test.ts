import fc from 'fast-check';
import { expect, test } from 'vitest';

import { quickXorHash } from '../../src/simulator/quick-xor-hash.ts';

test.each([
  ['nothing', '', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
  ['one byte', 'J', 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
  ['a short text', 'hello world', 'aCgDG9jwBhDc4Q1yawMZAAAAAAA='],
  ['a small CSV', 'a,b\n1,2\n', 'YWCBGBQQAxbIQAEACAAAAAAAAAA='],
  ['a byte order mark', '\uFEFFid;name\r\n', '79jFL9JAhh24IQxtJEMDFAAAAAA='],
  ['every byte once', Uint8Array.from({ length: 256 }, (_, index) => index), 'QkGEfSisZcA7k+FCh71r2dbCayY='],
  ['one megabyte', new Uint8Array(1024 * 1024).fill(0x41), 'QAEKUIACFKAABShAQAICkIAEJCA='],
])("the hash of %s is SharePoint's", (_name, content, hash) => {
  expect(quickXorHash(Buffer.from(content))).toBe(hash);
});

test('every length gives what a register that turns by 11 bits a byte gives', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
      expect(quickXorHash(bytes)).toBe(bitByBit(bytes));
    }),
  );
});

function bitByBit(bytes: Uint8Array): string {
  const bits = new Array<number>(160).fill(0);
  bytes.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1) bits[(index * 11 + bit) % 160]! ^= (byte >> bit) & 1;
  });
  for (let bit = 0; bit < 32; bit += 1) bits[96 + bit]! ^= (bytes.length >> bit) & 1;
  const result = Buffer.alloc(20);
  bits.forEach((bit, index) => (result[index >> 3]! |= bit << (index & 7)));
  return result.toString('base64');
}
