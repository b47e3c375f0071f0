import type { Dataset } from '../../src/domain/dataset.ts';
import { FileUnreadable } from '../../src/ingest/file-unreadable.ts';
import { nothingLoaded, type Outcome, shownReject, shownRow } from './dirty-corpus.ts';
import { loadFile } from './load-file.ts';

/** What the reader alone makes of a file. Throws whatever is neither a result nor FileUnreadable. */
export async function readOutcome(path: string, dataset: Dataset): Promise<Outcome> {
  try {
    const { rows, extras, lines, account, rejects } = await loadFile(path, dataset);
    const superseded = new Set(account.superseded);
    return {
      loaded: lines.flatMap((line, i) =>
        superseded.has(line) ? [] : [shownRow(line, dataset, rows[i] ?? [], extras[i])],
      ),
      rejected: rejects.map(shownReject),
      duplicate: account.duplicate,
      blank: account.blank,
      quarantined: null,
    };
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    return { ...nothingLoaded, quarantined: error.reason };
  }
}
