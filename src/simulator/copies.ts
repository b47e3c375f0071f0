import { randomUUID } from 'node:crypto';

import { GraphError } from './graph-error.ts';
import type { DriveItem } from './item.ts';

/** How far a copy is. */
export type CopyState =
  | { readonly status: 'inProgress' }
  | { readonly status: 'completed'; readonly item: DriveItem }
  | { readonly status: 'failed'; readonly error: GraphError };

/** So long whoever asked for a copy sees none. */
const durationMs = 100;

/** Copies are made by themselves, some time after they were asked for; a restart forgets those that are under way. */
export class Copies {
  readonly #states = new Map<string, CopyState>();

  /** Gives back the id to ask by. What `work` throws is how the copy ends. */
  begin(work: () => DriveItem): string {
    const id = randomUUID();
    this.#states.set(id, { status: 'inProgress' });
    setTimeout(() => this.#states.set(id, ended(work)), durationMs).unref();
    return id;
  }

  /** Null: there is none of this id. */
  state(id: string): CopyState | null {
    return this.#states.get(id) ?? null;
  }
}

function ended(work: () => DriveItem): CopyState {
  try {
    return { status: 'completed', item: work() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known = error instanceof GraphError ? error : new GraphError(500, 'generalException', message);
    return { status: 'failed', error: known };
  }
}
