import { createHash } from 'node:crypto';

import { Random } from '../../src/simulator/generator/random.ts';

/** A file, and what must become of it: known from how it was made, not from any reader of it. */
export interface GeneratedFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly rows: readonly GeneratedRow[];
  readonly rejects: readonly GeneratedReject[];
  readonly duplicates: number;
  readonly blanks: number;
  /** Why the whole file must be refused; null: it is good but for its rejects. */
  readonly refusal: string | null;
}

export interface GeneratedRow {
  /** Physical line on which the record begins, from 1: one of the shops has two lines. */
  readonly line: number;
  readonly id: number;
  /** ISO 8601 in UTC, whole seconds. */
  readonly soldAt: string;
  readonly shop: string;
  readonly cents: number;
}

export interface GeneratedReject {
  readonly line: number;
  readonly column: string;
  readonly raw: string;
}

/** The first hour that rows lie in; there are four. */
export const firstHour = Date.parse('2026-11-20T10:00:00Z');
export const hours = 4;
const hourMs = 3_600_000;

const shops = ['north', 'south, east', 'the "old" town', 'süd', 'on two\nlines'] as const;

/** Sales with ids from `firstId` on; one row in fifty each is bad, doubled, or blank. The same seed gives the same bytes. */
export function generateSales(
  path: string,
  {
    firstId,
    rows = 60,
    seed = path,
  }: { readonly firstId: number; readonly rows?: number; readonly seed?: string },
): GeneratedFile {
  const random = new Random(seed);
  const made = { rows: [] as GeneratedRow[], rejects: [] as GeneratedReject[], duplicates: 0, blanks: 0 };
  let text = 'id,sold_at,shop,amount\n';
  let line = 2;
  function write(record: string): void {
    text += `${record}\n`;
    line += record.split('\n').length;
  }
  for (let id = firstId; id < firstId + rows; id++) {
    if (random.once(50)) {
      const { column, raw } = badRecord(random, id);
      made.rejects.push({ line, column, raw });
      write(raw);
    }
    const row = { line, id, ...someSale(random) };
    made.rows.push(row);
    write(record(row));
    if (random.once(50)) {
      made.duplicates++;
      write(record({ id, ...someSale(random) }));
    }
    if (random.once(50)) {
      made.blanks++;
      write('');
    }
  }
  return { path, ...content(Buffer.from(text)), ...made, refusal: null };
}

/** By its signature an old Excel workbook, which somebody named `.csv`. */
export function generateUnreadable(path: string): GeneratedFile {
  const bytes = Buffer.concat([
    Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    createHash('sha512').update(path).digest(),
  ]);
  return { path, ...content(bytes), rows: [], rejects: [], duplicates: 0, blanks: 0, refusal: 'not_csv' };
}

function content(bytes: Buffer): { bytes: Buffer; sha256: string } {
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function someSale(random: Random): Omit<GeneratedRow, 'line' | 'id'> {
  const second = random.integer(0, hours * 3600 - 1);
  const soldAt = `${new Date(firstHour + second * 1000).toISOString().slice(0, 19)}Z`;
  return { soldAt, shop: random.pick(shops), cents: random.integer(1, 99_999) };
}

function record({ id, soldAt, shop, cents }: Omit<GeneratedRow, 'line'>): string {
  return `${id},${soldAt},${quoted(shop)},${(cents / 100).toFixed(2)}`;
}

function badRecord(random: Random, id: number): { column: string; raw: string } {
  const { soldAt, cents } = someSale(random);
  return random.pick([
    { column: 'id', raw: `x${id},${soldAt},north,${cents}` },
    { column: 'sold_at', raw: `${id},,north,${cents}` },
    { column: 'amount', raw: `${id},${soldAt},north,much` },
  ]);
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** ISO 8601, whole hours. */
export function hourOf({ soldAt }: GeneratedRow): string {
  return new Date(Math.floor(Date.parse(soldAt) / hourMs) * hourMs).toISOString();
}
