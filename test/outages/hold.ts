import postgres from 'postgres';

import { until } from '../survival/waiting.ts';

export interface Place {
  /** With its schema; it must exist. */
  readonly table: string;
  /** Of the row that is about to be written, `new`. Default: every row. */
  readonly when?: string;
}

/** Where a run can be held in mid-work. */
export const places = {
  listing: { table: 'charlie.drive_items' },
  /** Listed, and nothing of it asked for yet. */
  manifest: { table: 'charlie.run_files' },
  downloading: { table: 'charlie.run_files', when: "new.state = 'downloaded'" },
  copying: { table: 'datasets.sales', when: 'new._line >= 30' },
  aggregating: { table: 'charlie.hourly_aggregates' },
  reporting: { table: 'charlie.reports', when: 'new.published_at is not null' },
} as const satisfies Record<string, Place>;

const key = 4711;

/** Makes statements wait in the middle, by a lock and for as long as the test wants; a server that dies forgets it. */
export class Hold implements AsyncDisposable {
  readonly #sql: postgres.Sql;

  static async at(url: string, { table, when = 'true' }: Place): Promise<Hold> {
    const sql = postgres(url, { max: 1, onnotice: () => undefined });
    await sql.unsafe(`
      create or replace function public.held() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(${key}); return new; end $$;
      create or replace trigger held before insert or update on ${table}
        for each row when (${when}) execute function public.held();
      select pg_advisory_lock(${key})`);
    return new Hold(sql);
  }

  private constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** Settles when so many transactions wait here. */
  async reached(count = 1): Promise<void> {
    await until(`${count} transactions are held`, async () => {
      const waiting = await this.#sql`
        select from pg_locks join pg_database on oid = database
        where datname = current_database() and locktype = 'advisory' and objid = ${key} and not granted`;
      return waiting.length >= count;
    });
  }

  async release(): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
