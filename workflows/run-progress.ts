import { setCurrentDetails } from '@temporalio/workflow';

import type { DownloadOutcome, IngestOutcome } from '../activities/contract.ts';
import type { SyncProgress } from '../src/domain/sync-run.ts';
import { durationText } from './duration-text.ts';
import type { PauseDisplay } from './source-pauses.ts';
import type { WaitDisplay } from './wait-for-data.ts';

/** Of the chunks that a run hung at: as many as make sense in one sentence. */
const namedAtMost = 3;

type Counters = { -readonly [name in keyof SyncProgress]: SyncProgress[name] };

/** How far the run is, for the `progress` query and for the run's details in the Web UI. */
export class RunProgress implements PauseDisplay, WaitDisplay {
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
  /** What has begun and not ended, in the order in which it began. */
  readonly #underWay = new Map<Promise<unknown>, { readonly what: string; readonly since: number }>();
  #phaseSince = Date.now();
  #phaseBeforePause: SyncProgress['phase'] = 'listing';
  /** That the source has asked for. */
  pausedSeconds = 0;

  enter(phase: SyncProgress['phase']): void {
    this.#counters.phase = phase;
    delete this.#counters.pausedUntil;
    delete this.#counters.awaited;
    this.#phaseSince = Date.now();
    setCurrentDetails(this.summary());
  }

  /** The source is left alone for so long, as it has asked. */
  paused(seconds: number): void {
    this.pausedSeconds += seconds;
    this.#phaseBeforePause = this.#counters.phase;
    this.enter('waiting');
    this.#counters.pausedUntil = new Date(Date.now() + seconds * 1000).toISOString();
    setCurrentDetails(this.summary());
  }

  waitingFor(datasets: readonly string[], until: string): void {
    this.enter('waiting');
    this.#counters.awaited = { datasets, until };
    setCurrentDetails(this.summary());
  }

  resumed(): void {
    this.enter(this.#phaseBeforePause);
  }

  found(listed: number, total: number): void {
    this.#counters.listed = listed;
    this.#counters.total = total;
    this.enter('loading');
  }

  /** `work` itself, remembered until it ends. */
  during<T>(what: string, work: Promise<T>): Promise<T> {
    const forget = () => this.#underWay.delete(work);
    this.#underWay.set(work, { what, since: Date.now() });
    work.then(forget, forget);
    return work;
  }

  /** A chunk that is fetched again, from its second round on, has been counted. */
  downloaded(outcome: DownloadOutcome, round: number): void {
    if (round === 0) this.#counters.downloaded += outcome.downloaded;
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

  /** Where the run is, and what it waits for: `loading: 3 of 200 files were not finished. Under way: downloading a.csv, for 90 minutes` */
  position(): string {
    const { phase, total, ingested, quarantined } = this.#counters;
    const files =
      total === 0 ? '' : `: ${total - ingested - quarantined} of ${total} files were not finished`;
    const underWay = [...this.#underWay.values()].map(
      ({ what, since }) => `${what}, for ${durationText(Date.now() - since)}`,
    );
    const named = underWay.slice(0, namedAtMost).join('; ');
    const more = underWay.length > namedAtMost ? `; and ${underWay.length - namedAtMost} more` : '';
    return [
      `${phase}, for ${durationText(Date.now() - this.#phaseSince)}${files}.`,
      ...(named === '' ? [] : [`Under way: ${named}${more}.`]),
    ].join(' ');
  }

  #reason(): string {
    const { pausedUntil, awaited } = this.#counters;
    if (awaited !== undefined) return `: for data of ${awaited.datasets.join(', ')}, until ${awaited.until}`;
    return pausedUntil === undefined ? '' : `: SharePoint asked for a pause, until ${pausedUntil}`;
  }

  /** Markdown. */
  summary(): string {
    const { phase, listed, total, downloaded, ingested, quarantined, failed, rowsLoaded, rowsRejected } =
      this.#counters;
    return [
      `**${phase}**${this.#reason()}`,
      '',
      `| listed | new | downloaded | ingested | quarantined | failed | rows loaded | rows rejected |`,
      `|--:|--:|--:|--:|--:|--:|--:|--:|`,
      `| ${listed} | ${total} | ${downloaded} | ${ingested} | ${quarantined} | ${failed} | ${rowsLoaded} | ${rowsRejected} |`,
    ].join('\n');
  }
}
