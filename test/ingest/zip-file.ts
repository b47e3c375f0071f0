import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** 8: deflated. Any other: the content as it is, whatever the method says. */
  readonly method?: number;
  /** General purpose bits: 1 encrypted, 8 sizes and checksum behind the content, 0x800 the name is UTF-8. */
  readonly flags?: number;
  /** What the archive says of the content when it lies. */
  readonly claims?: { readonly bytes?: number; readonly crc32?: number };
  /** Sizes and place in the extra field of Zip64. */
  readonly zip64?: boolean;
}

/** A zip archive by PKWARE's APPNOTE, byte by byte: writers that are to be had write no broken ones. */
export function zipFile(entries: readonly ZipEntry[], comment = ''): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const local = localEntry(entry);
    directory.push(directoryEntry(entry, offset));
    locals.push(local);
    offset += local.length;
  }
  const isZip64 = entries.some(({ zip64 }) => zip64 ?? false);
  const place = { count: entries.length, offset, size: Buffer.concat(directory).length };
  return Buffer.concat([
    ...locals,
    ...directory,
    ...(isZip64 ? [zip64End(place)] : []),
    end(place, isZip64, comment),
  ]);
}

interface Place {
  readonly count: number;
  readonly offset: number;
  readonly size: number;
}

const version = 45;

function contentOf({ content = '' }: ZipEntry): Buffer {
  return Buffer.from(content);
}

function packed(entry: ZipEntry): Buffer {
  return (entry.method ?? 8) === 8 ? deflateRawSync(contentOf(entry)) : contentOf(entry);
}

function numbers(entry: ZipEntry): {
  method: number;
  flags: number;
  crc: number;
  packed: number;
  bytes: number;
} {
  const content = contentOf(entry);
  return {
    method: entry.method ?? 8,
    flags: entry.flags ?? 0x800,
    crc: entry.claims?.crc32 ?? crc32(content),
    packed: packed(entry).length,
    bytes: entry.claims?.bytes ?? content.length,
  };
}

function localEntry(entry: ZipEntry): Buffer {
  const { method, flags, crc, packed: packedBytes, bytes } = numbers(entry);
  const isBehind = (flags & 8) !== 0;
  const sums = isBehind ? [0, 0, 0] : [crc, packedBytes, bytes];
  const name = Buffer.from(entry.name);
  const head = [
    ...u32(0x04034b50),
    ...u16(version, flags, method, 0, 0),
    ...u32(...sums),
    ...u16(name.length, 0),
  ];
  const behind = isBehind ? u32(0x08074b50, crc, packedBytes, bytes) : [];
  return Buffer.concat([Buffer.from(head), name, packed(entry), Buffer.from(behind)]);
}

function directoryEntry(entry: ZipEntry, offset: number): Buffer {
  const { method, flags, crc, packed: packedBytes, bytes } = numbers(entry);
  const name = Buffer.from(entry.name);
  const extra = entry.zip64 === true ? [...u16(1, 24), ...u64(bytes, packedBytes, offset)] : [];
  const [shownBytes, shownPacked, shownOffset] =
    entry.zip64 === true ? [0xffffffff, 0xffffffff, 0xffffffff] : [bytes, packedBytes, offset];
  return Buffer.concat([
    Buffer.from([
      ...u32(0x02014b50),
      ...u16(version, version, flags, method, 0, 0),
      ...u32(crc, shownPacked, shownBytes),
      ...u16(name.length, extra.length, 0, 0, 0),
      ...u32(0, shownOffset),
    ]),
    name,
    Buffer.from(extra),
  ]);
}

function zip64End({ count, offset, size }: Place): Buffer {
  return Buffer.from([
    ...u32(0x06064b50),
    ...u64(44),
    ...u16(version, version),
    ...u32(0, 0),
    ...u64(count, count, size, offset),
    ...u32(0x07064b50, 0),
    ...u64(offset + size),
    ...u32(1),
  ]);
}

function end({ count, offset, size }: Place, isZip64: boolean, comment: string): Buffer {
  const numbersOfEnd = isZip64
    ? [...u16(0, 0, 0xffff, 0xffff), ...u32(0xffffffff, 0xffffffff)]
    : [...u16(0, 0, count, count), ...u32(size, offset)];
  return Buffer.concat([
    Buffer.from([...u32(0x06054b50), ...numbersOfEnd, ...u16(comment.length)]),
    Buffer.from(comment),
  ]);
}

function u16(...values: number[]): number[] {
  return values.flatMap((value) => [value & 0xff, (value >>> 8) & 0xff]);
}

function u32(...values: number[]): number[] {
  return values.flatMap((value) => u16(value & 0xffff, value >>> 16));
}

function u64(...values: number[]): number[] {
  return values.flatMap((value) => u32(value % 0x1_0000_0000, Math.floor(value / 0x1_0000_0000)));
}
