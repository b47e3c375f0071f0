import { pickShape, writeCsv } from './csv-shape.ts';
import {
  type DatasetName,
  type GeneratedDataset,
  generatedDatasets,
  hourParts,
  type Row,
} from './datasets.ts';
import { Random } from './random.ts';

export interface RowWishes {
  /** In place of the number of rows that such an hour would have. */
  readonly rowCount?: number | undefined;
  /** About how many of them are unacceptable, from 0 to 1. */
  readonly badRowShare?: number | undefined;
}

const usualBadRowShare = 1 / 200;

/** What a generated file really holds, counted while it is made. */
export interface Truth {
  /** All rows below the header. */
  readonly rows: number;
  readonly goodRows: number;
  /** Rows that no careful reader accepts: a missing key, a duration that is no number. */
  readonly badRows: number;
  /** Repetitions of a good row. */
  readonly duplicateRows: number;
  /** Over the good rows, by column name as in settings.toml. */
  readonly sums: Readonly<Record<string, number>>;
}

export interface GeneratedFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly truth: Truth;
}

/**
 * The file that `dataset` gets for the hour that begins at `hour`: always the same for the same arguments.
 */
export function generateFile(
  seed: number,
  dataset: DatasetName,
  hour: Date,
  { rowCount, badRowShare = usualBadRowShare }: RowWishes = {},
): GeneratedFile {
  const random = new Random(`${seed} ${dataset} ${hour.toISOString()}`);
  const definition = generatedDatasets[dataset];
  const name = generatedFileName(seed, dataset, hour);
  const shape = pickShape(random);
  const { records, truth } = makeRows(definition, random, hour, {
    count: rowCount ?? definition.rowCount(hour, random),
    badRowShare,
  });
  return { name, bytes: writeCsv(shape, [definition.headers, ...records]), truth };
}

/** Known without making the file. One in five uploads of calls is named by hand, with spaces. */
export function generatedFileName(seed: number, dataset: DatasetName, hour: Date): string {
  const { year, month, day, hours } = hourParts(hour);
  if (dataset === 'agent_productivity') return `${dataset}_${year}${month}${day}.csv`;
  const byHand = dataset === 'calls' && new Random(`${seed} name ${hour.toISOString()}`).once(5);
  return byHand
    ? `calls ${year}-${month}-${day} ${hours}00.csv`
    : `${dataset}_${year}${month}${day}_${hours}00.csv`;
}

function makeRows(
  definition: GeneratedDataset,
  random: Random,
  hour: Date,
  { count, badRowShare }: { count: number; badRowShare: number },
): { records: (readonly string[])[]; truth: Truth } {
  const records: (readonly string[])[] = [];
  const good: Row[] = [];
  let badRows = 0;
  let duplicateRows = 0;
  for (let index = 0; index < count; index += 1) {
    const former = good.at(-1);
    if (former !== undefined && random.once(400)) {
      records.push(former.cells);
      duplicateRows += 1;
      continue;
    }
    const row = definition.row(random, { hour, index, count });
    if (random.once(1 / badRowShare)) {
      records.push(spoil(definition, random, row));
      badRows += 1;
    } else {
      records.push(row.cells);
      good.push(row);
    }
  }
  const sums = sumUp(definition, good);
  return { records, truth: { rows: count, goodRows: good.length, badRows, duplicateRows, sums } };
}

function spoil({ headers, spoilt }: GeneratedDataset, random: Random, row: Row): string[] {
  const [header, value] = random.pick(spoilt);
  return row.cells.map((cell, index) => (headers[index] === header ? value : cell));
}

function sumUp({ decimals }: GeneratedDataset, rows: readonly Row[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(decimals).map(([column, places]) => {
      const total = rows.reduce((sum, row) => sum + (row.amounts[column] ?? 0), 0);
      return [column, total / 10 ** places];
    }),
  );
}
