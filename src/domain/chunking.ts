export interface ChunkLimits {
  /** More chunks than this would cost more history events than a run may have. */
  readonly maxChunks: number;
  /**
   * A chunk of several files is never heavier, unless the files of the run are so heavy that a chunk of average weight
   * would come near: then never more than four times that.
   */
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
 * A run of few files gets a chunk for each.
 */
export function chunkStarts(sizes: readonly number[], limits: ChunkLimits): number[] {
  if (sizes.length <= limits.maxChunks) return [...sizes.keys()];

  // Half of the chunks suffice for the count. The other half is for those that are closed early: two neighbours are
  // heavier than `maxBytes` together, so there are fewer of them than twice the total over `maxBytes`.
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const maxFiles = Math.ceil((2 * sizes.length) / limits.maxChunks);
  const maxBytes = Math.max(limits.maxBytes, (4 * total) / limits.maxChunks);
  const starts = [0];
  let files = 0;
  let bytes = 0;
  for (const [index, size] of sizes.entries()) {
    if (files === maxFiles || (files > 0 && bytes + size > maxBytes)) {
      starts.push(index);
      files = 0;
      bytes = 0;
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
  if (firstName.length <= room) return firstName + more;
  // Never half a character.
  const name = firstName.slice(0, room - 1).replace(/[\uD800-\uDBFF]$/, '');
  return `${name}…${more}`;
}
