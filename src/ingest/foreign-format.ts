import { FileUnreadable } from './file-unreadable.ts';

const signatures: readonly (readonly [name: string, bytes: string])[] = [
  ['an old Excel workbook or another OLE document', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['a PDF document', '%PDF-'],
  ['a gzip archive', '\x1f\x8b\x08'],
  ['a 7-Zip archive', '7z\xbc\xaf\x27\x1c'],
  ['a RAR archive', 'Rar!\x1a\x07'],
  ['an xz archive', '\xfd7zXZ\0'],
  ['a Zstandard archive', '\x28\xb5\x2f\xfd'],
  ['a Parquet file', 'PAR1'],
  ['a PNG image', '\x89PNG\r\n'],
  ['a JPEG image', '\xff\xd8\xff'],
];

/**
 * What is in a zip archive that is one document. The text is the names of its entries, or, of an archive inside another, the first
 * bytes: names stand in these, too.
 */
const zippedDocuments: readonly (readonly [name: string, text: RegExp])[] = [
  ['a Word document (DOCX)', /\bword\/(document|styles|settings)\b/],
  ['a PowerPoint presentation (PPTX)', /\bppt\/(presentation|slides)\b/],
  ['an Excel workbook (XLSX)', /\[Content_Types\]\.xml|\bxl\/(workbook|worksheets)\b/],
  ['an OpenDocument file (ODS or the like)', /\bMETA-INF\/manifest\.xml|mimetypeapplication\/vnd\.oasis/],
];

/** Local header of an entry, the end of an archive without any, and the mark of an archive in several parts. */
const zipSignatures = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'];

/** POSIX, and GNU tar: gnu.org/software/tar/manual, "Basic Tar Format". */
const tar = { at: 257, marks: ['ustar\x0000', 'ustar  \0'] };

/** An object, or a list of objects, down to the colon behind the first name: no header has that. */
const json = /^(?:\[\s*)?\{\s*"(?:[^"\\]|\\.)*"\s*:/;

/** What a file that is no CSV really is, by its first bytes; null: nothing that is recognised. */
export function foreignFormat(head: Buffer): string | null {
  const start = head.toString('latin1');
  if (isZip(head)) return zippedDocument(start) ?? 'a zip archive';
  const known = signatures.find(([, bytes]) => start.startsWith(bytes));
  if (known !== undefined) return known[0];
  if (tar.marks.some((mark) => start.startsWith(mark, tar.at))) return 'a tar archive';
  if (/^BZh[1-9]1AY&SY/.test(start)) return 'a bzip2 archive';
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(!doctype\s+html|html|head|body|table)[\s>]/i.test(text)) return 'an HTML page';
  if (/^<\?xml\s/i.test(text)) return 'an XML document';
  if (json.test(text)) return 'a JSON document';
  return null;
}

export function notCsv(format: string): FileUnreadable {
  return new FileUnreadable(
    'not_csv',
    `The file is ${format}, whatever its name says. Export it as CSV and upload that.`,
  );
}

export function isZip(head: Buffer): boolean {
  return zipSignatures.includes(head.toString('latin1', 0, 4));
}

/** By the method, which is always deflate, too. */
export function isGzip(head: Buffer): boolean {
  return head.toString('latin1', 0, 3) === '\x1f\x8b\x08';
}

/** By the names of a zip archive's entries: which comes first, and whether its name is in the first bytes, is up to the writer. */
export function zippedDocument(names: string): string | null {
  return zippedDocuments.find(([, text]) => text.test(names))?.[0] ?? null;
}
