import { expect, test } from 'vitest';

import { driveIdOf, itemIdOf, rootGuid } from '../../src/simulator/identifiers.ts';
import { tenantFor } from '../../src/simulator/tenant.ts';

test("a drive id holds the site collection, the web and the list, as in Microsoft's documentation", () => {
  const documented = 'b!-RIj2DuyvEyV1T4NlOaMHk8XkS_I8MdFlUCq1BlcjgmhRfAj3-Z8RY2VpuvV_tpd';
  function guid(offset: number): string {
    return guidAt(Buffer.from(documented.slice(2), 'base64url'), offset);
  }

  expect(guid(0).slice(0, 8)).toBe('d82312f9');
  expect(driveIdOf(guid(0), guid(16), guid(32))).toBe(documented);
});

test("an item id holds its unique id, as in Microsoft's documentation", () => {
  const prefix = Buffer.from('6A867FB0', 'hex');

  const id = itemIdOf(prefix, '86EB4C8E-D20D-46B9-AD41-23B8868DDA8A');

  // The seventh character mixes the prefix and the unique id.
  expect(id.slice(9)).toBe('01NKDM7HMOJTVYMDOSXFDK2QJDXCDI3WUK'.slice(9));
  expect(id).toHaveLength(34);
});

test('the root folder has the id that all roots end in', () => {
  expect(itemIdOf(tenantFor(1).drivePrefix, rootGuid)).toMatch(/^01[A-Z2-7]{7}6Y2GOVW7725BZO354PWSELRRZ$/);
});

test('another seed is another tenant', () => {
  expect(tenantFor(1)).toEqual(tenantFor(1));
  expect(tenantFor(2).driveId).not.toBe(tenantFor(1).driveId);
  expect(tenantFor(2).clientSecret).not.toBe(tenantFor(1).clientSecret);
});

function guidAt(bytes: Buffer, offset: number): string {
  const part = Buffer.from(bytes.subarray(offset, offset + 16));
  part.subarray(0, 4).reverse();
  part.subarray(4, 6).reverse();
  part.subarray(6, 8).reverse();
  return part.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
