import { gzipSync } from 'node:zlib';

import { zipFile } from '../../test/ingest/zip-file.ts';
import type { Random } from './random.ts';

type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

/** What is inserted: all that means something to the reader, or to those who wrote the file. */
const tokens = [
  ...['"', '""', '","', '"\n', ',', ';', '\t', '|', '\n', '\r', '\r\n', '\n\n', '\0', '\x1a', '\\', "'", '='],
  ...['\ufeff', 'sep=;\n', 'é', '😀', ' ', '-', '1e9', '99999999999999999999', '2026-02-30', 'id,'],
].map((text) => Buffer.from(text));
const oddBytes = [
  '\xff',
  '\xfe\xff',
  '\xe9',
  '\xc3',
  '\xed\xa0\x80',
  '\x81',
  '\x1f\x8b\x08',
  'PK\x03\x04',
].map((text) => Buffer.from(text, 'latin1'));

/** Behind one chunk of the reader there must sometimes be another. */
const severalChunks = 300_000;

const mutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  (bytes, random) => replaced(bytes, random, Buffer.from([random.below(256)]), 1),
  (bytes, random) => replaced(bytes, random, random.pick(tokens), 0),
  (bytes, random) => replaced(bytes, random, random.pick(tokens), 0),
  (bytes, random) => replaced(bytes, random, random.pick(oddBytes), 0),
  (bytes, random) => replaced(bytes, random, random.pick(tokens), 1 + random.below(4)),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => replaced(bytes, random, Buffer.alloc(0), random.below(64)),
  (bytes, random) => replaced(bytes, random, piece(bytes, random), 0),
  (bytes, random, others) => replaced(bytes, random, piece(random.pick(others), random), 0),
  (bytes) => Buffer.concat([bytes, bytes]),
  withOtherLineBreaks,
  reEncoded,
];

/** Each of these makes a file that is slower to read, or one that most other mutations only damage. */
const rareMutations: readonly Mutation[] = [
  (bytes) =>
    Buffer.concat(Array.from({ length: Math.ceil(severalChunks / (bytes.length + 1)) }, () => bytes)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  (bytes) => gzipSync(bytes),
  (bytes) => zipFile([{ name: 'orders.csv', content: bytes }]),
];

/** One to six mutations, one after the other. */
export function mutate(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let mutated = bytes;
  for (let left = 1 + random.below(6); left > 0; left -= 1) {
    const mutation = random.pick(random.below(40) === 0 ? rareMutations : mutations);
    mutated = mutation(mutated, random, others);
  }
  return mutated;
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  const at = place(bytes, random);
  if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
  return flipped;
}

/** At some place `length` bytes less, and `by` in their place. */
function replaced(bytes: Buffer, random: Random, by: Buffer, length: number): Buffer {
  const at = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

/** Mostly behind the first line: a header that is damaged mostly gets the file refused, and nothing else is tried. */
function place(bytes: Buffer, random: Random): number {
  const header = random.below(6) === 0 ? 0 : bytes.indexOf('\n') + 1;
  return header + random.below(bytes.length - header + 1);
}

function piece(bytes: Buffer, random: Random): Buffer {
  const from = random.below(bytes.length + 1);
  return bytes.subarray(from, from + random.below(200));
}

function withOtherLineBreaks(bytes: Buffer, random: Random): Buffer {
  const lineBreak = random.pick(['\n', '\r', '\r\n', '\n\r']);
  return Buffer.from(bytes.toString('latin1').replace(/\r\n|\r|\n/g, lineBreak), 'latin1');
}

function reEncoded(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('utf8');
  const mark = random.pick(['', '\ufeff']);
  const wide = Buffer.from(mark + text, 'utf16le');
  return random.pick([
    Buffer.from(mark + text),
    Buffer.from(text, 'latin1'),
    wide,
    Buffer.from(wide).swap16(),
  ]);
}
