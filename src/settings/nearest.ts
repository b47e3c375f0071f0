import { closestMatch } from 'leven';

/** The candidate that a typo was probably meant to be, without regard to case; null when none is near. */
export function nearest(written: string, candidates: readonly string[]): string | null {
  const byFolded = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const maxDistance = Math.max(1, Math.floor(written.length / 3));
  const match = closestMatch(written.toLowerCase(), [...byFolded.keys()], { maxDistance });
  return match === undefined ? null : (byFolded.get(match) ?? null);
}
