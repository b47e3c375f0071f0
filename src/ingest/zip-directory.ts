import type { FileHandle } from 'node:fs/promises';

import type { Entry, ZipFile } from 'yauzl';
import { fromRandomAccessReaderPromise, getFileNameLowLevel, RandomAccessReader } from 'yauzl';

import { readAt } from './file-chunks.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { notCsv, zippedDocument } from './foreign-format.ts';
import { printable } from './reject.ts';
import type { PackedText } from './unpack.ts';
import { damaged } from './unpack.ts';

/** Folders and what macOS adds are entries, too; an archive of one file has no more than a few of them. */
const maxEntries = 100;

/** Names in a refusal. */
const shown = { names: 5, characters: 100 } as const;

/**
 * Where in a zip archive its one file is, by the directory at its end. Names of entries are shown and compared, and never used as paths.
 *
 * Throws FileUnreadable `not_csv`, `damaged_archive`, `archive_entries`, `unsupported_archive`.
 */
export async function textInZip(handle: FileHandle, fileBytes: number): Promise<PackedText> {
  try {
    const zip = await fromRandomAccessReaderPromise(new HandleReader(handle, fileBytes), fileBytes, {
      autoClose: false,
      // Otherwise yauzl refuses names that would be dangerous as paths.
      decodeStrings: false,
    });
    const { entry, name } = onlyFile(await readEntries(zip, handle));
    assertReadable(entry, name);
    const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    return {
      archive: 'zip',
      method: entry.compressionMethod === 0 ? 'stored' : 'deflate',
      start,
      end: start + entry.compressedSize,
      expected: { bytes: entry.uncompressedSize, crc32: entry.crc32 },
    };
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

const pointsBehindEnd = 'its directory points behind its end';

interface NamedEntry {
  readonly entry: Entry;
  readonly name: string;
}

async function readEntries(zip: ZipFile, handle: FileHandle): Promise<NamedEntry[]> {
  const entries: NamedEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
    entries.push({
      entry,
      name: getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false),
    });
    if (entries.length > maxEntries) return entries;
  }
  await assertComplete(zip, handle);
  return entries;
}

/** The number of entries stands at the end of the archive, cut to 16 bits by some writers: behind the last one there may be more. */
async function assertComplete(zip: ZipFile, handle: FileHandle): Promise<void> {
  // In @types/yauzl it is a boolean by mistake.
  const cursor = Number(zip.readEntryCursor);
  if (cursor > zip.fileSize) throw damaged('zip', pointsBehindEnd);
  const next = Buffer.alloc(4);
  await readAt(handle, next, cursor);
  if (next.toString('latin1') === 'PK\x01\x02')
    throw damaged('zip', `its directory holds more than the ${zip.entryCount} entries that it names`);
}

function onlyFile(entries: readonly NamedEntry[]): NamedEntry {
  const document = zippedDocument(entries.map(({ name }) => name).join('\n'));
  if (document !== null) throw notCsv(document);
  const files = entries.filter(({ name }) => isFile(name));
  const [file] = files;
  if (file === undefined)
    throw new FileUnreadable(
      'archive_entries',
      'The zip archive holds no file. Upload it with one CSV file in it.',
    );
  if (entries.length > maxEntries || files.length > 1) throw tooMany(entries.length, files);
  return file;
}

/** Windows has written `\` between folders; getFileNameLowLevel has made `/` of it. */
function isFile(name: string): boolean {
  const baseName = name.slice(name.lastIndexOf('/') + 1);
  return baseName !== '' && !baseName.startsWith('.') && !name.startsWith('__MACOSX/');
}

function tooMany(entries: number, files: readonly NamedEntry[]): FileUnreadable {
  const count = entries > maxEntries ? `more than ${maxEntries} entries` : `${files.length} files`;
  const names = files.slice(0, shown.names).map(({ name }) => quoted(name));
  const more = files.length > shown.names ? ', ...' : '';
  return new FileUnreadable(
    'archive_entries',
    `The zip archive holds ${count}, and one CSV file was expected: ${names.join(', ')}${more}. Upload each by itself.`,
  );
}

function assertReadable(entry: Entry, name: string): void {
  if (entry.isEncrypted()) {
    throw new FileUnreadable(
      'unsupported_archive',
      `The file ${quoted(name)} in the zip archive is encrypted. Upload it without a password.`,
    );
  }
  if (!entry.canDecodeFileData()) {
    throw new FileUnreadable(
      'unsupported_archive',
      `The file ${quoted(name)} in the zip archive is packed by method ${entry.compressionMethod}, and only 0 (stored) and 8 (Deflate) ` +
        'can be unpacked. Pack it by one of these, with gzip, or not at all.',
    );
  }
}

function quoted(name: string): string {
  return `"${printable(name, shown.characters)}"`;
}

/** yauzl says what is wrong with an archive by plain errors; those of the system name the call. */
function refusalOf(error: unknown): FileUnreadable | null {
  if (!(error instanceof Error) || error instanceof FileUnreadable || 'syscall' in error) return null;
  if (!error.message.includes('not supported')) return damaged('zip', error.message);
  return new FileUnreadable(
    'unsupported_archive',
    `The zip archive cannot be read: ${error.message}. Upload it in one part and without a password.`,
  );
}

/** yauzl would hand positions from the archive, which may be beyond what is a position, to `fs.read`, which throws where nobody can catch. */
class HandleReader extends RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #bytes: number;

  constructor(handle: FileHandle, bytes: number) {
    super();
    this.#handle = handle;
    this.#bytes = bytes;
  }

  override read(
    ...[buffer, offset, length, position, callback]: Parameters<RandomAccessReader['read']>
  ): void {
    const isInside = position + length <= this.#bytes;
    const into = buffer.subarray(offset, offset + length);
    const reading = isInside ? readAt(this.#handle, into, position) : Promise.resolve(-1);
    reading.then((read) => {
      callback(read === length ? null : new Error(pointsBehindEnd));
    }, callback);
  }
}
