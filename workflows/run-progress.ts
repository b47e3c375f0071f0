import { setCurrentDetails } from '@temporalio/workflow';

import type { DownloadOutcome, IngestOutcome } from '../activities/contract.ts';
import type { SyncProgress } from '../src/domain/sync-run.ts';

type Counters = { -readonly [name in keyof SyncProgress]: SyncProgress[name] };

/** How far the run is, for the `progress` query and for the run's details in the Web UI. */
export class RunProgress {
  readonly #counters: Counters = {
    phase: 'listing',
    listed: 0,
    total: 0,
    downloaded: 0,
    ingested: 0,
    quarantined: 0,
    failed: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
  };

  enter(phase: SyncProgress['phase']): void {
    this.#counters.phase = phase;
    setCurrentDetails(this.summary());
  }

  found(listed: number, total: number): void {
    this.#counters.listed = listed;
    this.#counters.total = total;
    this.enter('loading');
  }

  downloaded(outcome: DownloadOutcome): void {
    this.#counters.downloaded += outcome.downloaded;
    this.#counters.failed += outcome.failed;
    setCurrentDetails(this.summary());
  }

  ingested(outcome: IngestOutcome): void {
    const counters = this.#counters;
    counters.ingested += outcome.ingested + outcome.alreadyIngested;
    counters.quarantined += outcome.quarantined;
    counters.failed += outcome.failed;
    counters.rowsLoaded += outcome.rowsLoaded;
    counters.rowsRejected += outcome.rowsRejected;
    setCurrentDetails(this.summary());
  }

  /** Files that failed are tried again: they are open once more. */
  retrying(): void {
    this.#counters.failed = 0;
    this.enter('loading');
  }

  answer(): SyncProgress {
    return { ...this.#counters };
  }

  /** Markdown. */
  summary(): string {
    const { phase, listed, total, downloaded, ingested, quarantined, failed, rowsLoaded, rowsRejected } =
      this.#counters;
    return [
      `**${phase}**`,
      '',
      `| listed | new | downloaded | ingested | quarantined | failed | rows loaded | rows rejected |`,
      `|--:|--:|--:|--:|--:|--:|--:|--:|`,
      `| ${listed} | ${total} | ${downloaded} | ${ingested} | ${quarantined} | ${failed} | ${rowsLoaded} | ${rowsRejected} |`,
    ].join('\n');
  }
}
