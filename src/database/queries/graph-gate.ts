import { type Sql, type Transaction, withDatabase } from '../connection.ts';

/** What may pass at once after a silence, in seconds of the budget. */
const burstSeconds = 5;

interface Grant {
  /** Until nobody is to ask any more; nothing is granted before. 0: the gate is open. */
  readonly closedForMs: number;
  /** Until the units may be used. */
  readonly startsInMs: number;
}

/**
 * The gate and the budget of resource units that all workers of an application share, in one row of `graph_gate`. Times are
 * the database's, since hosts' clocks differ. Each method is one statement, and waits for nobody longer than another one takes.
 */
export class GraphGate {
  readonly #sql: Sql | Transaction;
  readonly #application: string;
  readonly #secondsPerUnit: number;

  constructor(sql: Sql | Transaction, application: string, unitsPerMinute: number) {
    this.#sql = sql;
    this.#application = application;
    this.#secondsPerUnit = 60 / unitsPerMinute;
  }

  /**
   * Takes so many units out of the budget; whoever asks next gets those after them. While the gate is closed nothing is
   * taken. What is taken and not used is lost.
   */
  async take(units: number): Promise<Grant> {
    const sql = this.#sql;
    const pace = this.#secondsPerUnit;
    const taken = sql`make_interval(secs => ${units}::integer
      * case when known.slow_until > now() then greatest(known.seconds_per_unit, ${pace}) else ${pace} end)`;
    const burst = sql`now() - make_interval(secs => ${burstSeconds})`;
    // Who comes first after a pause begins where the pause ends, at the pace of the budget: the others cannot all follow at once.
    const [grant] = await withDatabase(
      () => sql<[Grant]>`
        with quick as (select set_config('synchronous_commit', 'off', true))
        insert into graph_gate as known (application, spent_to)
        select ${this.#application}, ${burst} + make_interval(secs => ${units * pace}) from quick
        on conflict (application) do update set spent_to =
          case when known.not_before > now() then known.spent_to
          else greatest(known.spent_to, known.not_before, ${burst}) + ${taken} end
        returning ${milliseconds(sql, sql`known.not_before`)} as "closedForMs",
          ${milliseconds(sql, sql`known.spent_to - ${taken}`)} as "startsInMs"`,
    );
    return grant;
  }

  /** Nobody asks within so long from now. An earlier call that asked for longer still holds. */
  async close(seconds: number): Promise<void> {
    const sql = this.#sql;
    await withDatabase(
      () => sql`
        insert into graph_gate as known (application, not_before, spent_to)
        values (${this.#application}, now() + make_interval(secs => ${seconds}), now())
        on conflict (application) do update set not_before = greatest(known.not_before, excluded.not_before)`,
    );
  }

  /** For so long a unit takes at least `secondsPerUnit`. The latest word counts. */
  async slowDown(secondsPerUnit: number, forSeconds: number): Promise<void> {
    const sql = this.#sql;
    await withDatabase(
      () => sql`
        insert into graph_gate as known (application, slow_until, seconds_per_unit, spent_to)
        values (${this.#application}, now() + make_interval(secs => ${forSeconds}), ${secondsPerUnit}, now())
        on conflict (application) do update set
          slow_until = excluded.slow_until, seconds_per_unit = excluded.seconds_per_unit,
          spent_to = greatest(known.spent_to, now())`,
    );
  }
}

function milliseconds(sql: Sql | Transaction, until: ReturnType<Sql>) {
  return sql`greatest(0, 1000 * extract(epoch from ${until} - now()))::double precision`;
}
