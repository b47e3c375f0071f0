/**
 * The 128 bits of MurmurHash3_x86_128 (Appleby, public domain) of `bytes[start, end)` with seed 0, but that a last partial block
 * counts as a whole one filled up with zeros.
 */
export function murmur3(bytes: DataView, start: number, end: number, into: Int32Array): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = start; at < end; at += 16) {
    a ^= mix(wordAt(bytes, at, end), 0x239b961b, 15, 0xab0e9789);
    a = Math.imul(rotate(a, 19) + b, 5) + 0x561ccd1b;
    b ^= mix(wordAt(bytes, at + 4, end), 0xab0e9789, 16, 0x38b34ae5);
    b = Math.imul(rotate(b, 17) + c, 5) + 0x0bcaa747;
    c ^= mix(wordAt(bytes, at + 8, end), 0x38b34ae5, 17, 0xa1e38b93);
    c = Math.imul(rotate(c, 15) + d, 5) + 0x96cd1c35;
    d ^= mix(wordAt(bytes, at + 12, end), 0xa1e38b93, 18, 0x239b961b);
    d = Math.imul(rotate(d, 13) + a, 5) + 0x32ac3b17;
  }
  const length = end - start;
  into[0] = a ^ length;
  into[1] = b ^ length;
  into[2] = c ^ length;
  into[3] = d ^ length;
  spread(into);
  for (let lane = 0; lane < 4; lane += 1) into[lane] = avalanche(into[lane] ?? 0);
  spread(into);
}

/** Little-endian, zeros from `end` on. */
function wordAt(bytes: DataView, at: number, end: number): number {
  if (at + 4 <= end) return bytes.getInt32(at, true);
  let word = 0;
  for (let i = end - 1; i >= at; i -= 1) word = (word << 8) | bytes.getUint8(i);
  return word;
}

function mix(word: number, first: number, by: number, second: number): number {
  return Math.imul(rotate(Math.imul(word, first), by), second);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function spread(lanes: Int32Array): void {
  const sum = (lanes[0] ?? 0) + (lanes[1] ?? 0) + (lanes[2] ?? 0) + (lanes[3] ?? 0);
  lanes[0] = sum;
  for (let lane = 1; lane < 4; lane += 1) lanes[lane] = (lanes[lane] ?? 0) + sum;
}

function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
