import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const peerNames = ['psql', 'sling', 'dlt', 'pgloader'] as const;

export type PeerName = (typeof peerNames)[number];

/** What a peer did with a file. */
export interface PeerOutcome {
  /** Null: it did not end within the time limit. */
  readonly exit: number | null;
  /** Of the rows that we load, how many it has loaded with equal values; a null and an empty text count as equal. */
  readonly right: number;
  /** Rows in its table beside these: with other values, or of rows that we refuse or count as duplicates. */
  readonly others: number;
  /** The first line of its output that tells of an error; empty: there is none. */
  readonly said: string;
}

export interface PeerResults {
  readonly versions: Readonly<Record<PeerName | 'postgres', string>>;
  readonly files: Readonly<Record<string, Readonly<Record<PeerName, PeerOutcome>>>>;
}

export const resultsPath = fileURLToPath(new URL('peer-results.json', import.meta.url));

export function readPeerResults(): PeerResults {
  return JSON.parse(readFileSync(resultsPath, 'utf8')) as PeerResults;
}
