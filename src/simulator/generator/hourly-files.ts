import { setImmediate } from 'node:timers/promises';

import type { Library } from '../library.ts';
import { type DatasetName, datasetNames, generatedDatasets } from './datasets.ts';
import { type GeneratedFile, generatedFileName, generateFile } from './generate-file.ts';

const hourMs = 60 * 60 * 1000;
const backlogHours = 24;
/** A file arrives so long after its hour has ended. */
const uploadDelayMs = 30_000;

export interface GenerateRequest {
  /** Default: all. */
  readonly datasets?: readonly DatasetName[] | undefined;
  /** How many files in all; by default one of every dataset. */
  readonly files?: number | undefined;
  /** Rows in each; by default as many as its hour would have. */
  readonly rows?: number | undefined;
  /** From 0 to 1; by default one in two hundred. */
  readonly badRowShare?: number | undefined;
}

export interface Generated {
  readonly files: number;
  readonly rows: number;
  readonly badRows: number;
}

interface Slot {
  readonly dataset: DatasetName;
  readonly hour: Date;
}

/** Fills a library with the files of complete hours. What was there once is not made again, even if it was deleted. */
export class HourlyFiles {
  readonly #library: Library;
  readonly #seed: number;
  readonly #now: () => Date;

  constructor(library: Library, seed: number, now: () => Date) {
    this.#library = library;
    this.#seed = seed;
    this.#now = now;
  }

  /** Files of the last 24 complete hours that were never there. */
  addDue(): void {
    const latest = this.#latestHour();
    for (let back = backlogHours - 1; back >= 0; back -= 1) {
      const hour = new Date(latest.getTime() - back * hourMs);
      for (const dataset of datasetNames) {
        if (generatedDatasets[dataset].dueAt(hour) && this.#isNew(dataset, hour)) {
          this.#put(generateFile(this.#seed, dataset, hour), hour);
        }
      }
    }
  }

  /** More files, of the latest hours that have none yet, as far back as it takes. */
  async generate(request: GenerateRequest): Promise<Generated> {
    const { datasets = datasetNames, rows: rowCount, badRowShare } = request;
    const wishes = { rowCount, badRowShare };
    const slots =
      request.files === undefined ? this.#oneOfEach(datasets) : this.#newest(datasets, request.files);
    let files = 0;
    let rows = 0;
    let badRows = 0;
    for (const { dataset, hour } of slots) {
      const file = generateFile(this.#seed, dataset, hour, wishes);
      this.#put(file, hour);
      files += 1;
      rows += file.truth.rows;
      badRows += file.truth.badRows;
      if (files % 20 === 0) await setImmediate();
    }
    return { files, rows, badRows };
  }

  *#oneOfEach(datasets: readonly DatasetName[]): Generator<Slot> {
    for (const dataset of datasets) {
      for (const slot of this.#missing([dataset])) {
        yield slot;
        break;
      }
    }
  }

  *#newest(datasets: readonly DatasetName[], count: number): Generator<Slot> {
    let left = count;
    for (const slot of this.#missing(datasets)) {
      if (left <= 0) return;
      yield slot;
      left -= 1;
    }
  }

  /** Without an end, back in time. */
  *#missing(datasets: readonly DatasetName[]): Generator<Slot> {
    for (let hour = this.#latestHour(); ; hour = new Date(hour.getTime() - hourMs)) {
      for (const dataset of datasets) {
        if (generatedDatasets[dataset].dueAt(hour) && this.#isNew(dataset, hour)) yield { dataset, hour };
      }
    }
  }

  #latestHour(): Date {
    return new Date((Math.floor(this.#now().getTime() / hourMs) - 1) * hourMs);
  }

  #isNew(dataset: DatasetName, hour: Date): boolean {
    return !this.#library.everHeld(generatedFileName(this.#seed, dataset, hour));
  }

  #put(file: GeneratedFile, hour: Date): void {
    const uploadedAt = hour.getTime() + hourMs + uploadDelayMs;
    const modifiedAt = new Date(Math.min(uploadedAt, this.#now().getTime()));
    this.#library.put(file.name, file.bytes, { modifiedAt });
  }
}
