import type { PostgresType } from 'postgres';

/** By pg_type.dat, the same in every Postgres. */
const oids = {
  bool: 1000,
  int2: 1005,
  int4: 1007,
  text: 1009,
  varchar: 1015,
  int8: 1016,
  float8: 1022,
  date: 1182,
  timestamptz: 1185,
  numeric: 1231,
  uuid: 2951,
  jsonb: 3807,
} as const;

/** Thrown when a query selects an array: a mistake in the query. */
class ArraySelected extends Error {
  override readonly name = 'ArraySelected';

  constructor(type: string) {
    super(`A query selects a ${type}[]. Select to_jsonb(...) of it.`);
  }
}

/**
 * How parameters that are arrays are written. The driver (3.4.9) would ask the server for their types on each new connection, and
 * when that connection is lost meanwhile, nobody catches its error, which ends the process.
 */
export const arrayTypes: Readonly<Record<string, PostgresType>> = Object.fromEntries(
  Object.entries(oids).map(([type, oid]) => [
    `${type}[]`,
    {
      to: oid,
      from: [oid],
      serialize: (values: readonly unknown[]) => `{${values.map(element).join(',')}}`,
      parse: () => {
        throw new ArraySelected(type);
      },
    },
  ]),
);

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return `"${textOf(value).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number}`;
}
