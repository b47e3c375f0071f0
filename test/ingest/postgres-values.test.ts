import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { sqlType } from '../../src/database/table-plan.ts';
import type { ColumnType } from '../../src/domain/dataset.ts';
import { readFile } from '../../src/ingest/read-file.ts';
import { Secret } from '../../src/settings/secret.ts';
import { createTestDatabase } from '../support/with-database.ts';
import { column, dataset } from './datasets.ts';

let sql: Sql;
let drop: () => Promise<void>;
let dir: string;

beforeAll(async () => {
  const database = await createTestDatabase();
  sql = connect(new Secret(database.url), 1);
  drop = () => database.drop();
  dir = await mkdtemp(join(tmpdir(), 'values-'));
});

afterAll(async () => {
  await sql.end({ timeout: 1 });
  await drop();
  await rm(dir, { recursive: true });
});

const sign = fc.constantFrom('', '-', '+');
const digits = (longest: number) =>
  fc
    .tuple(fc.constantFrom('', '0', '00'), fc.stringMatching(new RegExp(`^[0-9]{1,${longest - 2}}$`)))
    .map((parts) => parts.join(''));
const decimal = (whole: number, decimals: number) =>
  fc
    .tuple(sign, digits(whole), fc.option(digits(decimals)))
    .map(([s, a, b]) => `${s}${a}${b === null ? '' : `.${b}`}`);
const instant = fc
  .tuple(
    fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
    fc.nat(999),
    fc.integer({ min: -900, max: 900 }),
  )
  .map(([date, micro, offset]) => {
    const clock = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
      .map((n) => String(n).padStart(2, '0'))
      .join(':');
    return `${date.toISOString().slice(0, -1)}${String(micro).padStart(3, '0')}${offset < 0 ? '-' : '+'}${clock}`;
  });

it.each<[ColumnType, fc.Arbitrary<string>]>([
  [{ kind: 'text' }, fc.string({ unit: 'grapheme', minLength: 1 })],
  [{ kind: 'integer' }, fc.tuple(sign, digits(9)).map((parts) => parts.join(''))],
  [{ kind: 'bigint' }, fc.tuple(sign, digits(18)).map((parts) => parts.join(''))],
  [{ kind: 'numeric', precision: null, scale: null }, decimal(60, 40)],
  [{ kind: 'numeric', precision: 30, scale: 10 }, decimal(20, 10)],
  [{ kind: 'numeric', precision: 5, scale: 5 }, digits(5).map((text) => `.${text}`)],
  [{ kind: 'boolean' }, fc.constantFrom('true', 'F', 'yes', 'N', '1', '0')],
  [{ kind: 'date' }, instant.map((text) => text.slice(0, 10))],
  [{ kind: 'timestamp' }, instant],
])('Postgres gets for a value of %j what it would have read itself', async (type, values) => {
  const texts = fc.sample(values, 500);
  const path = join(dir, 'values.csv');
  await writeFile(path, `v\n${texts.map((text) => `"${text.replaceAll('"', '""')}"\n`).join('')}`);
  const target = dataset([column('v', type)]);
  const reading = readFile(path, target, { fileId: 2n ** 60n });
  await sql`set time zone 'UTC'`;
  await sql`drop table if exists things`;
  await sql`create table things (v ${sql.unsafe(sqlType(type))}, _file_id bigint, _line bigint)`;
  const copy =
    await sql`copy things (${sql(reading.columns as string[])}) from stdin with (format binary)`.writable();
  await pipeline(Readable.from(framed(reading.chunks), { objectMode: false }), copy);

  expect(reading.account()).toMatchObject({ loaded: 500, rejected: 0 });
  const rows = await sql`select v::text as text, _file_id::text as file from things order by _line`;
  const expected = await sql`
    select (text::${sql.unsafe(sqlType(type))})::text as text, ${String(2n ** 60n)} as file
    from unnest(${texts}::text[]) with ordinality as given (text, n) order by n`;
  expect([...rows]).toEqual([...expected]);
});

/** With the header and the trailer of COPY's binary format. */
async function* framed(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
  yield* rows;
  yield Buffer.from([0xff, 0xff]);
}
