import type { PauseState } from './schedule-store.ts';

/** The note of a job that the settings switch off; a pause with another note is an operator's, and stays. */
export const disabledNote = 'disabled by settings';

/** The note of a job that nobody declares any more. */
export const undeclaredNote = 'no longer declared';

/** What becomes of a pause when a job is applied. */
export function nextState(
  { paused, note = '' }: { readonly paused: boolean; readonly note?: string | undefined },
  enabled: boolean,
): PauseState {
  if (!enabled && (!paused || note === undeclaredNote)) return { paused: true, note: disabledNote };
  const isOurs = note === disabledNote || note === undeclaredNote;
  if (enabled && paused && isOurs) return { paused: false, note: '' };
  return { paused, note };
}
