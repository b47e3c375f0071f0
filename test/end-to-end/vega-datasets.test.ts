import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';

import type { Sql } from '../../src/database/connection.ts';
import { sqlType } from '../../src/database/table-plan.ts';
import type { Column, Dataset } from '../../src/domain/dataset.ts';
import { Pipeline } from '../support/pipeline.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Files of the npm package vega-datasets by dataset. Their shapes differ: quotes, 24 columns, 42,000 rows, gaps, big numbers, times of day. */
const files = {
  birdstrikes: 'birdstrikes.csv',
  zipcodes: 'zipcodes.csv',
  airports: 'airports.csv',
  seattle_weather: 'seattle-weather.csv',
  employment: 'us-employment.csv',
  commits: 'github.csv',
  riots: 'la-riots.csv',
  shares: 'sp500-2000.csv',
};

const toml = `
[scheduler]
timezone = "UTC"

[datasets.birdstrikes]
patterns = ["birdstrikes.csv"]
[datasets.birdstrikes.columns]
airport = { type = "text", headers = ["Airport Name"], required = true }
aircraft = { type = "text", headers = ["Aircraft Make Model"] }
damage = { type = "text", headers = ["Effect Amount of damage"] }
flight_date = { type = "date", headers = ["Flight Date"], required = true }
operator = { type = "text", headers = ["Aircraft Airline Operator"] }
state = { type = "text", headers = ["Origin State"] }
phase = { type = "text", headers = ["Phase of flight"] }
wildlife_size = { type = "text", headers = ["Wildlife Size"] }
species = { type = "text", headers = ["Wildlife Species"] }
time_of_day = { type = "text", headers = ["Time of day"] }
cost_other = { type = "bigint", headers = ["Cost Other"] }
cost_repair = { type = "integer", headers = ["Cost Repair"] }
cost_total = { type = "bigint", headers = ["Cost Total $"] }
speed = { type = "integer", headers = ["Speed IAS in knots"] }

[datasets.zipcodes]
patterns = ["zip*.csv"]
key = ["zip_code"]
[datasets.zipcodes.columns]
zip_code = { type = "text", required = true }
latitude = "numeric(9,6)"
longitude = "numeric(9,6)"
city = "text"
state = "text"
county = "text"

[datasets.airports]
patterns = ["airports.csv"]
key = ["iata"]
[datasets.airports.columns]
iata = { type = "text", required = true }
name = "text"
city = "text"
state = "text"
country = "text"
latitude = "numeric"
longitude = "numeric"

[datasets.seattle_weather]
patterns = ["seattle-weather.csv"]
key = ["date"]
[datasets.seattle_weather.columns]
date = { type = "date", required = true, format = "YYYY-MM-DD" }
precipitation = "numeric(4,1)"
temp_max = "numeric(4,1)"
temp_min = "numeric(4,1)"
wind = "numeric(4,1)"
weather = "text"

[datasets.employment]
patterns = ["us-employment.csv"]
key = ["month"]
[datasets.employment.columns]
month = { type = "date", required = true }
nonfarm = "integer"
private = "integer"
goods_producing = "integer"
service_providing = "integer"
private_service_providing = "integer"
mining_and_logging = "integer"
construction = "integer"
manufacturing = "integer"
durable_goods = "integer"
nondurable_goods = "integer"
trade = { type = "integer", headers = ["trade_transportation_utilties"] }
wholesale_trade = "numeric(7,1)"
retail_trade = "numeric(7,1)"
transportation_and_warehousing = "numeric(7,1)"
utilities = "numeric(7,1)"
information = "integer"
financial_activities = "integer"
professional_and_business_services = "integer"
education_and_health_services = "integer"
leisure_and_hospitality = "integer"
other_services = "integer"
government = "integer"
nonfarm_change = "integer"

[datasets.commits]
patterns = ["github.csv"]
key = ["time"]
event_time = "time"
timezone = "UTC"
[datasets.commits.columns]
time = { type = "timestamp", required = true, format = "YYYY/MM/DD HH:mm:ss" }
count = "integer"
[datasets.commits.measures]
commits = "sum(count)"

[datasets.riots]
patterns = ["la-riots.csv"]
[datasets.riots.columns]
first_name = "text"
last_name = "text"
age = "integer"
gender = "text"
race = "text"
death_date = { type = "date", format = "YYYY-MM-DD" }
address = "text"
neighborhood = "text"
type = "text"
longitude = "numeric"
latitude = "numeric"

[datasets.shares]
patterns = ["sp500-2000.csv"]
key = ["date"]
[datasets.shares.columns]
date = { type = "date", required = true }
open = "numeric(12,6)"
high = "numeric(12,6)"
low = "numeric(12,6)"
close = "numeric(12,6)"
adjclose = "numeric(12,6)"
volume = "bigint"
`;

test('public CSV files arrive whole: rows, nulls and sums of every column are those of an independent reader', async () => {
  const folder = await temporaryFolder();
  const data = new URL('../data/', import.meta.resolve('vega-datasets'));
  for (const file of Object.values(files)) await copyFile(new URL(file, data), join(folder, file));
  await using pipeline = await Pipeline.start({ toml, library: { files: folder } });

  const result = await pipeline.sync();

  expect(result).toMatchObject({ status: 'succeeded', ingested: 8, rowsRejected: 0, problems: [] });
  const { datasets } = pipeline.settings;
  expect(datasets.map(({ name }) => name).toSorted()).toEqual(Object.keys(files).toSorted());
  for (const dataset of datasets) {
    const file = await readFile(join(folder, files[dataset.name as keyof typeof files]));
    expect(await loaded(pipeline.sql, dataset), dataset.name).toEqual(readIndependently(file, dataset));
  }
});

interface ColumnSums {
  readonly nulls: number;
  /** Of numbers the sum, of dates the days since 1970, of times the seconds, of texts the characters. */
  readonly sum: string;
}

interface Sums {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnSums>>;
}

async function loaded(sql: Sql, dataset: Dataset): Promise<Sums> {
  const table = sql(`datasets.${dataset.name}`);
  const [counted] = await sql`select count(*) as rows from ${table}`;
  const columns: Record<string, ColumnSums> = {};
  for (const { name, type } of dataset.columns) {
    const column = sql(name);
    const amount = {
      text: sql`char_length(${column})`,
      enum: sql`char_length(${column})`,
      date: sql`(${column} - date '1970-01-01')`,
      timestamp: sql`extract(epoch from ${column})`,
      boolean: sql`${column}::int`,
      integer: column,
      bigint: column,
      numeric: column,
    }[type.kind];
    const [row] = await sql<[ColumnSums]>`
      select (count(*) - count(${column}))::int as nulls, trim_scale(coalesce(sum(${amount}), 0)::numeric)::text as sum
      from ${table}`;
    columns[name] = { ...row };
  }
  return { rows: counted!['rows'] as number, columns };
}

function readIndependently(file: Buffer, dataset: Dataset): Sums {
  const records = parse<Record<string, string>>(file, {
    bom: true,
    columns: (headers: string[]) => headers.map((header) => header.toLowerCase()),
  });
  const columns = dataset.columns.map((column): [string, ColumnSums] => {
    const header = column.headers.map((each) => each.toLowerCase()).find((each) => each in records[0]!);
    const values = records.map((record) => record[header!]!).filter((value) => value !== '');
    return [
      column.name,
      { nulls: records.length - values.length, sum: total(values.map((value) => amountOf(value, column))) },
    ];
  });
  return { rows: records.length, columns: Object.fromEntries(columns) };
}

function amountOf(value: string, { name, type }: Column): string {
  switch (type.kind) {
    case 'text':
    case 'enum':
      return String(Array.from(value).length);
    case 'date':
      return String(Date.parse(`${value}T00:00:00Z`) / 86_400_000);
    case 'timestamp':
      return String(Date.parse(`${value.replaceAll('/', '-').replace(' ', 'T')}Z`) / 1000);
    case 'integer':
    case 'bigint':
    case 'numeric':
      return value;
    case 'boolean':
      throw new Error(`${name}: ${sqlType(type)} does not occur in these files`);
  }
}

/** The exact sum of decimal numbers, without zeros at its end. */
function total(values: readonly string[]): string {
  const decimals = Math.max(0, ...values.map((value) => value.split('.')[1]?.length ?? 0));
  const sum = values.reduce((before, value) => {
    const [whole = '', fraction = ''] = value.split('.');
    return before + BigInt(whole + fraction.padEnd(decimals, '0'));
  }, 0n);
  const digits = String(sum < 0n ? -sum : sum).padStart(decimals + 1, '0');
  const text = `${digits.slice(0, digits.length - decimals)}.${digits.slice(digits.length - decimals)}`;
  return (sum < 0n ? '-' : '') + text.replace(/\.?0*$/, '');
}
