import fc from 'fast-check';
import { expect, test } from 'vitest';

import { manySales, type Sale } from '../support/sales.ts';
import { Ledger, type ListedFile } from './ledger.ts';

const paths = ['sales a.csv', 'sales b.csv', 'sales c.csv', 'sales d.csv'];
const contents: readonly (readonly Sale[])[] = [1, 11, 21].map((first) => manySales(3, first));

/** A person saves a content under a path, again or for the first time; or removes what is there. */
interface Step {
  readonly path: number;
  readonly content: number | 'removed';
}

/** Some steps, then a run that sees what they have left. */
const folderDays = fc.array(
  fc.array(
    fc.record<Step>({
      path: fc.nat(paths.length - 1),
      content: fc.oneof(
        { weight: 4, arbitrary: fc.nat(contents.length - 1) },
        fc.constant('removed' as const),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 1, maxLength: 4 },
);

test('whatever happens in a folder, each content that any file has, or had when it was removed, is there exactly once', async () => {
  await using ledger = await Ledger.create();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(folderDays, async (days) => {
      const { sql } = ledger;
      await sql`truncate charlie.ingestion_log, charlie.drive_items, charlie.run_history, datasets.sales cascade`;
      const folder = new Folder();
      for (const day of days) {
        for (const step of day) folder.take(step);
        await ledger.list(...folder.listed());
        await run(ledger, `run ${runs++}`, folder);
        expect(await ledger.ids()).toEqual(folder.expected());
      }
    }),
    { numRuns: 40 },
  );
});

/** What a person sees of it. */
class Folder {
  readonly #items = new Map<
    number,
    { readonly id: string; readonly hash: string; readonly content: number }
  >();
  /** What the ledger keeps for a path whose file is gone. */
  readonly #kept = new Map<number, number>();
  #versions = 0;

  take({ path, content }: Step): void {
    const item = this.#items.get(path);
    if (content === 'removed') {
      if (item !== undefined) this.#items.delete(path);
      return;
    }
    const version = this.#versions++;
    this.#items.set(path, { id: item?.id ?? `item ${version}`, hash: `v${version}`, content });
  }

  listed(): ListedFile[] {
    return [...this.#items].map(([path, { id, hash }]) => ({ id, hash, path: paths[path]! }));
  }

  contentAt(path: string): readonly Sale[] {
    return contents[this.#items.get(paths.indexOf(path))!.content]!;
  }

  /** Seen by a run: rows of a file that is removed later stay, until another one comes in its place. */
  expected(): number[] {
    for (const [path, { content }] of this.#items) this.#kept.set(path, content);
    return [...new Set(this.#kept.values())]
      .flatMap((content) => contents[content]!.map(({ id }) => Number(id)))
      .sort((left, right) => left - right);
  }
}

/** Loads all that is due at once; what waits in a circle is tried again, as Temporal does. */
async function run(ledger: Ledger, runId: string, folder: Folder): Promise<void> {
  await ledger.manifest(runId);
  const due = await ledger.sql<{ path: string }[]>`
    select path from charlie.run_files join charlie.ingestion_log using (file_id) where run_files.run_id = ${runId}`;
  await Promise.all(
    due.map(async ({ path }) => {
      for (;;) {
        try {
          await ledger.load(runId, path, folder.contentAt(path));
          return;
        } catch (error) {
          if (!(error instanceof Error) || !('code' in error) || error.code !== '40P01') throw error;
        }
      }
    }),
  );
}
