import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';

import { decode } from './decode.ts';
import { detectDialect } from './dialect.ts';
import { openContent } from './file-content.ts';
import type { FileForm } from './file-form.ts';
import { unknownForm } from './file-form.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { headerTexts } from './header.ts';
import { RecordScanner } from './record-scanner.ts';
import { survey } from './survey.ts';

/** Of decoded text: enough rows for a guess, and little enough to hold them in memory. */
const sampleBytes = 8 * 1024 * 1024;

/** The rows of a file as they stand in it, without any dataset. */
export interface Sample {
  readonly form: FileForm;
  readonly headers: readonly string[];
  /** Those with as many fields as the header. */
  readonly rows: readonly (readonly string[])[];
  /** Rows that are no such ones: no dataset could load them. */
  readonly unclean: number;
  /** There are no more rows than these. */
  readonly isWhole: boolean;
}

/** Throws FileUnreadable: what `openContent`, `survey`, `decode` and `headerTexts` throw, and empty_file. */
export async function readSample(path: string): Promise<Sample> {
  const handle = await open(path);
  try {
    const content = await openContent(handle);
    const { encoding } = await survey(content.head, null, () => content.chunks());
    const reader = new SampleReader({ ...unknownForm(), archive: content.archive, encoding });
    let bytes = 0;
    for await (const text of decode(content.chunks(), encoding)) {
      if (bytes > sampleBytes) return reader.sample(false);
      bytes += text.length;
      reader.push(text);
    }
    reader.finish();
    return reader.sample(true);
  } finally {
    await handle.close();
  }
}

class SampleReader {
  readonly #form: FileForm;
  readonly #rows: string[][] = [];
  #unclean = 0;
  #scanner: RecordScanner | null = null;
  #separatorLineAhead = false;

  constructor(form: FileForm) {
    this.#form = form;
  }

  push(text: Buffer): void {
    if (this.#scanner === null) {
      const dialect = detectDialect(text, { columns: [], delimiter: null });
      this.#form.dialect = dialect;
      this.#separatorLineAhead = dialect.hasSeparatorLine;
      this.#scanner = new RecordScanner(dialect.delimiter);
    }
    this.#scanner.push(text);
    this.#drain(this.#scanner);
  }

  finish(): void {
    if (this.#scanner === null) return;
    this.#scanner.finish();
    this.#drain(this.#scanner);
  }

  sample(isWhole: boolean): Sample {
    const { header } = this.#form;
    if (header === null)
      throw new FileUnreadable('empty_file', 'The file is empty: it has no header and no rows.');
    const headers = header.texts;
    return { form: this.#form, headers, rows: this.#rows, unclean: this.#unclean, isWhole };
  }

  #drain(scanner: RecordScanner): void {
    while (scanner.next()) {
      if (this.#separatorLineAhead) this.#separatorLineAhead = false;
      else if (!scanner.isBlank()) this.#take(scanner);
    }
  }

  #take(record: RecordScanner): void {
    const { header, encoding } = this.#form;
    if (header === null) {
      const texts = headerTexts(record, { line: record.line, byteOffset: null });
      this.#form.header = { line: record.line, texts };
      return;
    }
    const isText =
      encoding?.name !== 'utf-8-damaged' || isUtf8(record.bytes.subarray(record.start, record.end));
    if (record.flaw === null && isText && record.fieldCount === header.texts.length)
      this.#rows.push(record.fieldTexts());
    else this.#unclean += 1;
  }
}
