/** After 160 bytes the rotation (11 bits a byte, in a register of 160 bits) begins again. */
const columns = 160;
const width = 160n;
const mask = (1n << width) - 1n;

/** SharePoint's content hash of `bytes`, in base64. */
export function quickXorHash(bytes: Uint8Array): string {
  let register = 0n;
  foldColumns(bytes).forEach((value, column) => {
    register ^= rotateLeft(BigInt(value), BigInt((column * 11) % columns));
  });
  return toBase64(register ^ (BigInt(bytes.length) << 96n));
}

/** All bytes that get the same rotation, as one: a file then costs one XOR a byte. */
function foldColumns(bytes: Uint8Array): Uint8Array {
  const folded = new Uint8Array(columns);
  for (let start = 0; start < bytes.length; start += columns) {
    const end = Math.min(columns, bytes.length - start);
    for (let column = 0; column < end; column += 1) {
      folded[column] = (folded[column] ?? 0) ^ (bytes[start + column] ?? 0);
    }
  }
  return folded;
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (width - bits))) & mask;
}

function toBase64(register: bigint): string {
  const bigEndian = Buffer.from(register.toString(16).padStart(40, '0'), 'hex');
  return bigEndian.reverse().toString('base64');
}
