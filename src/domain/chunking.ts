export interface ChunkLimits {
  /** More chunks than this would cost more history events than a run may have. */
  readonly maxChunks: number;
  /** A chunk is closed before it exceeds this, unless one file alone does. */
  readonly maxBytes: number;
}

/**
 * Limits of a run's first pass: each chunk costs two activities of about 3.4 history events, so 200 chunks are about
 * 1,400 of the 4,000 events that a run may have; the rest is for retries.
 */
export const firstPass: ChunkLimits = { maxChunks: 200, maxBytes: 256 * 1024 * 1024 };

/** Limits of a retry pass: files that failed together often fail again together, and up to ten passes must fit. */
export const retryPass: ChunkLimits = { maxChunks: 40, maxBytes: Number.POSITIVE_INFINITY };

/**
 * Splits files, given by their sizes in order, into consecutive chunks; returns the index of each chunk's first file.
 * A run of few files gets a chunk for each. The byte limit gives way to `maxChunks` when both cannot be had.
 */
export function chunkStarts(sizes: readonly number[], limits: ChunkLimits): number[] {
  if (sizes.length === 0) return [];

  const total = sizes.reduce((sum, size) => sum + size, 0);
  const filesPerChunk = Math.ceil(sizes.length / limits.maxChunks);
  const starts = [0];
  let files = 0;
  let bytes = 0;
  let closedByBytes = 0;
  // Closing early by bytes must not use up the chunks that the count alone needs.
  const spare = limits.maxChunks - Math.ceil(sizes.length / filesPerChunk);
  const maxBytes = Math.max(limits.maxBytes, spare > 0 ? total / spare : Number.POSITIVE_INFINITY);
  for (const [index, size] of sizes.entries()) {
    const full = files === filesPerChunk;
    const heavy = files > 0 && bytes + size > maxBytes && closedByBytes < spare;
    if (full || heavy) {
      starts.push(index);
      files = 0;
      bytes = 0;
      if (heavy && !full) closedByBytes++;
    }
    files++;
    bytes += size;
  }
  return starts;
}

/** What an operator reads beside a chunk's activities, e.g. `calls_20261122_1400.csv` or `calls_….csv and 24 more`. At most 80 characters. */
export function chunkLabel(firstName: string, files: number): string {
  const more = files > 1 ? ` and ${files - 1} more` : '';
  const room = 80 - more.length;
  const name = firstName.length > room ? `${firstName.slice(0, room - 1)}…` : firstName;
  return name + more;
}
