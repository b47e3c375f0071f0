import type { SyncProgress } from '../domain/sync-run.ts';
import type { CommandContext } from './command-context.ts';

const barWidth = 28;

/** Shows how far a run is: one moving line on a terminal, a line for each change of phase elsewhere. */
export class RunProgressLine {
  readonly #context: CommandContext;
  #phase = '';
  #drawn = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  show(progress: SyncProgress): void {
    if (this.#context.interactive) {
      // A line that wraps could not be taken back.
      const line = bar(progress).slice(0, this.#context.columns - 4);
      this.#context.stderr(`\r\u001b[2K  ${line}`);
      this.#drawn = true;
    } else if (progress.phase !== this.#phase) {
      this.#context.stderr(`  ${sentence(progress)}\n`);
    }
    this.#phase = progress.phase;
  }

  /** Removes the moving line. */
  clear(): void {
    if (this.#drawn) this.#context.stderr('\r\u001b[2K');
    this.#drawn = false;
  }
}

function bar(progress: SyncProgress): string {
  if (progress.total === 0) return sentence(progress);
  const done = progress.ingested + progress.quarantined;
  const filled = Math.round((barWidth * done) / progress.total);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${sentence(progress)}`;
}

function sentence({
  phase,
  pausedUntil,
  awaited,
  total,
  listed,
  downloaded,
  ingested,
  quarantined,
  failed,
  rowsLoaded,
}: SyncProgress): string {
  if (awaited !== undefined) {
    return `${phase} for data of ${awaited.datasets.join(', ')}, until ${awaited.until.slice(11, 19)} UTC`;
  }
  if (pausedUntil !== undefined) {
    return `${phase}: SharePoint asked for a pause, until ${pausedUntil.slice(11, 19)} UTC`;
  }
  if (total === 0) return listed === 0 ? phase : `${phase}: ${listed} files listed, none new`;
  const aside = [quarantined > 0 ? `${quarantined} quarantined` : '', failed > 0 ? `${failed} failed` : ''];
  return [
    `${phase}: ${ingested} of ${total} files ingested`,
    `${downloaded} downloaded`,
    `${rowsLoaded.toLocaleString('en')} rows`,
    ...aside.filter((text) => text !== ''),
  ].join(', ');
}
