import { createHash } from 'node:crypto';

/** The root folder of every SharePoint library has this same unique id. */
export const rootGuid = 'ea8cc6be-ffdb-43d7-976f-bc7da445c639';

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A version 4 GUID in lower case, the same for the same names. */
export function guidFor(...names: readonly (string | number)[]): string {
  const bytes = digest(names).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** In the form of the client secrets that Entra issues: 40 characters with `8Q~` after the first three. */
export function clientSecretFor(seed: number): string {
  return `sim8Q~${digest(['client secret', seed]).toString('base64url').replace(/_/g, '~').slice(0, 34)}`;
}

/** `b!` and the base64url of the little-endian GUIDs of site collection, web and list. */
export function driveIdOf(siteGuid: string, webGuid: string, listGuid: string): string {
  return `b!${Buffer.concat([siteGuid, webGuid, listGuid].map(littleEndian)).toString('base64url')}`;
}

/** `01` and the base32 of a prefix of four bytes, the drive's own, and the item's little-endian GUID. */
export function itemIdOf(drivePrefix: Buffer, itemGuid: string): string {
  return `01${base32(Buffer.concat([drivePrefix, littleEndian(itemGuid)]))}`;
}

/** Four bytes that all items of one drive share at the beginning of their ids. */
export function drivePrefixFor(...source: readonly (string | number)[]): Buffer {
  return digest(['drive prefix', ...source]).subarray(0, 4);
}

function digest(names: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(JSON.stringify(names)).digest();
}

/** A GUID as Windows stores it: its first three groups with their bytes reversed. */
function littleEndian(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** RFC 4648; whole groups of 40 bits only, so that no padding arises. */
function base32(bytes: Buffer): string {
  let text = '';
  let [value, bits] = [0, 0];
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32Alphabet.charAt(value >>> bits);
      value &= (1 << bits) - 1;
    }
  }
  return text;
}
