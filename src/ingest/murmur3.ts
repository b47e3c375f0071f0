const multipliers = new Int32Array([0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93]);
const increments = new Int32Array([0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17]);
const blockRotations = new Uint8Array([15, 16, 17, 18]);
const stateRotations = new Uint8Array([19, 17, 15, 13]);

/**
 * The 128 bits of MurmurHash3_x86_128 (Appleby, public domain) of `bytes[0, length)` with seed 0, but that a last partial block
 * counts as a whole one filled up with zeros.
 */
export function murmur3(bytes: Uint8Array, length: number, into: Int32Array): void {
  into.fill(0);
  for (let block = 0; block < length; block += 16) {
    for (let lane = 0; lane < 4; lane += 1) {
      const next = (lane + 1) & 3;
      let word = Math.imul(wordAt(bytes, block + lane * 4, length), multipliers[lane] ?? 0);
      word = Math.imul(rotate(word, blockRotations[lane] ?? 0), multipliers[next] ?? 0);
      const state = rotate((into[lane] ?? 0) ^ word, stateRotations[lane] ?? 0) + (into[next] ?? 0);
      into[lane] = Math.imul(state, 5) + (increments[lane] ?? 0);
    }
  }
  for (let lane = 0; lane < 4; lane += 1) into[lane] = (into[lane] ?? 0) ^ length;
  spread(into);
  for (let lane = 0; lane < 4; lane += 1) into[lane] = avalanche(into[lane] ?? 0);
  spread(into);
}

/** Little-endian, zeros from `length` on. */
function wordAt(bytes: Uint8Array, at: number, length: number): number {
  let word = 0;
  for (let i = Math.min(3, length - 1 - at); i >= 0; i -= 1) word = (word << 8) | (bytes[at + i] ?? 0);
  return word;
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
