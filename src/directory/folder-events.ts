import { type FSWatcher, watch } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** The system gives a user some thousands of watches; whoever has more folders waits for the next poll. */
const foldersAtMost = 1000;

/** Hears of changes in folders where the system tells of them: some network folders never do. */
export class FolderEvents {
  readonly #watchers = new Map<string, FSWatcher>();
  #wake = Promise.withResolvers<undefined>();

  /** From now on of these folders and no others; not of what lies in folders below them. */
  watch(folders: readonly string[]): void {
    const wanted = new Set(folders.slice(0, foldersAtMost));
    for (const folder of this.#watchers.keys()) if (!wanted.has(folder)) this.#forget(folder);
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#hear(folder);
  }

  /** Settles after an event, also one since the last call, but not before `earliestMs`; and at the latest after `latestMs`. */
  async next(
    { earliestMs, latestMs }: { earliestMs: number; latestMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      await setTimeout(earliestMs, undefined, { signal });
      await Promise.race([
        this.#wake.promise,
        setTimeout(latestMs - earliestMs, undefined, { signal: either }),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      over.abort();
    }
    this.#wake = Promise.withResolvers();
  }

  close(): void {
    for (const folder of [...this.#watchers.keys()]) this.#forget(folder);
  }

  #hear(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        this.#wake.resolve(undefined);
      });
      watcher.on('error', () => {
        this.#forget(folder);
      });
      this.#watchers.set(folder, watcher);
    } catch {
      // No more watches, or no right to: it is polled.
    }
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
