import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** The state of an item after one change to it. */
export interface ItemRecord {
  readonly guid: string;
  /** Null for the root alone. */
  readonly parentGuid: string | null;
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly deleted: boolean;
  readonly version: number;
  readonly contentVersion: number;
  readonly size: number;
  readonly hash: string;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly clientModifiedAt?: string;
}

/** Every change to a drive in its order, one JSON line each, after a first line that names this history. */
export class Journal {
  /** Tells this history from another one with the same seed. */
  readonly id: string;
  /** What was in the file when it was opened. */
  readonly records: readonly ItemRecord[];
  readonly #file: number;

  private constructor(id: string, records: readonly ItemRecord[], file: number) {
    this.id = id;
    this.records = records;
    this.#file = file;
  }

  static open(path: string): Journal {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, 'a+');
    const text = readFileSync(path, 'utf8');
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    // The process may have died in the middle of a line: that change never happened.
    if (complete.length < text.length) truncateSync(path, Buffer.byteLength(complete));
    const [first, ...lines] = complete.split('\n').slice(0, -1);
    if (first !== undefined) {
      const header = JSON.parse(first) as { journal: string };
      return new Journal(
        header.journal,
        lines.map((line) => JSON.parse(line) as ItemRecord),
        file,
      );
    }
    const id = randomUUID();
    writeSync(file, `${JSON.stringify({ journal: id })}\n`);
    return new Journal(id, [], file);
  }

  append(record: ItemRecord): void {
    writeSync(this.#file, `${JSON.stringify(record)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}
