const signatures: readonly (readonly [name: string, bytes: string])[] = [
  ['an old Excel workbook or another OLE document', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['a PDF document', '%PDF-'],
  ['a gzip archive', '\x1f\x8b\x08'],
  ['a 7-Zip archive', '7z\xbc\xaf\x27\x1c'],
  ['a RAR archive', 'Rar!\x1a\x07'],
  ['a Parquet file', 'PAR1'],
  ['a PNG image', '\x89PNG\r\n'],
  ['a JPEG image', '\xff\xd8\xff'],
];

/** What a file that is no CSV really is, by its first bytes; null: nothing that is recognised. */
export function foreignFormat(head: Buffer): string | null {
  const start = head.toString('latin1');
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06')) {
    return /\[Content_Types\]\.xml|xl\//.test(start) ? 'an Excel workbook (XLSX)' : 'a zip archive';
  }
  const known = signatures.find(([, bytes]) => start.startsWith(bytes));
  if (known !== undefined) return known[0];
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(!doctype\s+html|html|head|body|table)[\s>]/i.test(text)) return 'an HTML page';
  if (/^<\?xml\s/i.test(text)) return 'an XML document';
  return null;
}
