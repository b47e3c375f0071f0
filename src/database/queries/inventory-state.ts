import type { Sql } from '../connection.ts';

/** What is known of a source's inventory as a whole. */
export interface InventoryState {
  /** Of this state: whoever changes it names the one that it has seen. */
  readonly generation: number;
  /** Where the next round of changes begins; null: with everything. Never to be logged. */
  readonly link: string | null;
  /** What the service tells changes of; `none`: of nothing, and then the folder is listed. */
  readonly scope: 'folder' | 'library' | 'none';
  /** Whether folders below were followed; null: there was no round yet. */
  readonly recursive: boolean | null;
  /** Whether everything was seen within the week before. */
  readonly isReconciled: boolean;
  /** Items that are there. */
  readonly listed: number | null;
  /** By the database's clock, in full precision. */
  readonly at: string;
}

/** `nominalTime`: ISO 8601; everything is to be seen once in a week of it. */
export async function readInventoryState(
  sql: Sql,
  sourceId: number,
  nominalTime: string,
): Promise<InventoryState> {
  await sql`insert into inventories (source_id) values (${sourceId}) on conflict do nothing`;
  const [state] = await sql<[InventoryState]>`
    select generation, delta_link as link, delta_scope as scope, delta_recursive as recursive, listed, now()::text as at,
      coalesce(reconciled_at + interval '7 days' > ${nominalTime}::timestamptz, false) as "isReconciled"
    from inventories where source_id = ${sourceId}`;
  return state;
}

/** From now on the folder is listed, until a week has passed. Changes nothing when somebody else has changed the state. */
export async function recordNoChanges(
  sql: Sql,
  { sourceId, generation, nominalTime }: { sourceId: number; generation: number; nominalTime: string },
): Promise<void> {
  await sql`
    update inventories set generation = generation + 1, delta_scope = 'none', delta_link = null, reconciled_at = ${nominalTime}
    where source_id = ${sourceId} and generation = ${generation}`;
}
