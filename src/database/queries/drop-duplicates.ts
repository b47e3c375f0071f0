import type { Dataset } from '../../domain/dataset.ts';
import type { Transaction } from '../connection.ts';

/** Takes out the rows on these lines of the file. */
export async function dropLines(
  tx: Transaction,
  dataset: Dataset,
  fileId: number,
  lines: readonly number[],
): Promise<void> {
  for (let start = 0; start < lines.length; start += 100_000) {
    await tx`
      delete from ${tx(`datasets.${dataset.name}`)}
      where _file_id = ${fileId} and _line = any(${lines.slice(start, start + 100_000)}::bigint[])`;
  }
}

/**
 * Of the file's rows with equal keys, takes out all but one; returns how many, and the lines of the first `linesAtMost` of them. A key with a
 * null in it equals no other.
 */
export async function dropEqualKeys(
  tx: Transaction,
  dataset: Dataset,
  fileId: number,
  linesAtMost: number,
): Promise<{ readonly rows: number; readonly lines: readonly number[] }> {
  const table = tx(`datasets.${dataset.name}`);
  const key = tx(dataset.key as string[]);
  const isWhole = dataset.key.map((column) => tx`${tx(column)} is not null`);
  const [dropped] = await tx<[{ rows: number; lines: number[] }]>`
    with ranked as (
      select ctid, row_number() over (
        partition by ${key} order by _line ${dataset.onDuplicate === 'last' ? tx`desc` : tx`asc`}) as place
      from ${table} where _file_id = ${fileId} and ${isWhole.reduce((all, one) => tx`${all} and ${one}`)}),
    dropped as (
      delete from ${table} using ranked where ${table}.ctid = ranked.ctid and ranked.place > 1 returning _line)
    select count(*) as rows, to_jsonb(array(select _line from dropped order by _line limit ${linesAtMost})) as lines
    from dropped`;
  return dropped;
}
