import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Dataset } from '../../src/domain/dataset.ts';
import { corpusDatasets, dirtyFiles } from '../../test/ingest/dirty-corpus.ts';
import { checkFile } from './check-file.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';

/** The seeds of a fuzz run; file i of a seed is always the same, whatever was read before it. */
export interface FuzzRun {
  readonly seed: number;
  /** Index of the first file. */
  readonly from: number;
  readonly files: number;
  /** Called before each file. */
  readonly onFile?: (index: number) => void;
}

export interface FuzzFigures {
  readonly read: number;
  readonly refused: number;
  readonly rows: number;
}

export interface MutatedFile {
  readonly bytes: Buffer;
  readonly dataset: Dataset;
  readonly basedOn: string;
}

/** A file that must not be read in the way it was. `cause` says how. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super(`File ${index}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`, {
      cause,
    });
    this.index = index;
  }
}

/** Larger ones would take most of the time. */
const largestBase = 40_000;

/** Throws FuzzFailure for the first file that fails. */
export async function fuzz({ seed, from, files, onFile }: FuzzRun): Promise<FuzzFigures> {
  const makeFile = mutator(seed);
  const dir = mkdtempSync(join(tmpdir(), 'charlie-fuzz-'));
  const path = join(dir, 'file.csv');
  const figures = { read: 0, refused: 0, rows: 0 };
  try {
    for (let index = from; index < from + files; index += 1) {
      onFile?.(index);
      const { bytes, dataset } = makeFile(index);
      writeFileSync(path, bytes);
      const { outcome, rows } = await checkFile(path, dataset).catch((error: unknown) => {
        throw new FuzzFailure(index, error);
      });
      figures[outcome] += 1;
      figures.rows += rows;
    }
    return figures;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Makes the files of a seed by their index. */
export function mutator(seed: number): (index: number) => MutatedFile {
  const bases = dirtyFiles()
    .map(({ name, path, dataset }) => ({ name, dataset, bytes: readFileSync(path) }))
    .filter(({ bytes }) => bytes.length <= largestBase);
  const others = bases.map(({ bytes }) => bytes);
  return (index) => {
    const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
    const base = random.pick(bases);
    // Mostly the dataset that is meant: with another one the header is mostly refused.
    const dataset = random.below(10) === 0 ? random.pick(corpusDatasets) : base.dataset;
    return { bytes: mutate(base.bytes, random, others), dataset, basedOn: base.name };
  };
}
