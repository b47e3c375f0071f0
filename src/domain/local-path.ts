/** Folders of ingestion_dir that are ours: unfinished downloads, files that were refused whole, and files that were loaded. */
export const syncFolder = '.sync';
export const quarantineFolder = 'quarantine';
/** In each watched folder, too. */
export const archiveFolder = 'archive';

/** Most file systems take 255 bytes a name; the rest is for the suffix of a temporary one. */
const maxNameBytes = 240;

/**
 * A remote path as a relative local one that cannot leave its folder, whatever the remote side sent: no `..`, no
 * absolute path, no control or bidirectional characters, no name of our own folders, no name that is too long.
 */
export function localPath(remotePath: string): string {
  const segments = remotePath
    .split(/[/\\]/)
    .map(safeName)
    .filter((name) => name !== '');
  const [first, ...rest] = segments;
  if (first === undefined) return '_';
  const reserved = [syncFolder, quarantineFolder, archiveFolder].includes(first.toLowerCase());
  return [reserved ? `${first}_` : first, ...rest].join('/');
}

/** One name without anything that a file system or a terminal could take for something else. */
export function safeName(name: string): string {
  const clean = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Bidi_Control}/\\:*?"<>|]/gu, '_')
    .trim();
  if (/^\.+$/.test(clean)) return clean.replaceAll('.', '_');
  return shorten(clean);
}

function shorten(name: string): string {
  if (utf8Length(name) <= maxNameBytes) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 10 ? name.slice(dot) : '';
  let stem = extension === '' ? name : name.slice(0, dot);
  const mark = `~${fnv1a(name)}`;
  // By code points: half a surrogate pair is no valid name.
  while (utf8Length(stem + mark + extension) > maxNameBytes) stem = stem.replace(/.$/su, '');
  return stem + mark + extension;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** 32 bits are enough: they tell apart names of one folder that agree in their first 200 bytes. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
