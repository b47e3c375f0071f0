import { z } from 'zod';

import type { DownloadableFile } from './content-source.ts';
import type { Refusal, SharePointError } from './errors.ts';
import { FileGone } from './errors.ts';
import { FileChanged, FileLocked, MalwareDetected } from './file-not-ready.ts';
import type { GraphSession } from './graph-session.ts';

const itemBody = z.object({
  eTag: z.string().optional(),
  file: z.object({ hashes: z.object({ quickXorHash: z.string().optional() }).optional() }).optional(),
  malware: z.object({}).optional(),
});

/**
 * Asks Graph whether the file is still the version that was listed. An eTag also moves with the metadata: where there is a hash,
 * it decides.
 * @throws {FileChanged} {@link FileGone} {@link FileLocked} {@link MalwareDetected}
 */
export async function assertUnchanged(
  graph: GraphSession,
  file: DownloadableFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const purpose = {
    action: `asking for the version of "${file.name}"`,
    signal,
    ...(file.eTag !== null && { headers: { 'if-none-match': file.eTag } }),
    refused: (refusal: Refusal): SharePointError | null => {
      if (refusal.status === 404) return new FileGone(file, refusal);
      return refusal.status === 423 ? new FileLocked(file, refusal) : null;
    },
  };
  const path = `/drives/${encodeURIComponent(file.driveId)}/items/${encodeURIComponent(file.itemId)}`;
  const response = await graph.open(`${path}?$select=id,eTag,file,malware`, purpose);
  if (response.status === 304) return;
  const item = await graph.read(response, itemBody, purpose);
  if (item.malware !== undefined) throw new MalwareDetected(file, null);
  const hash = item.file?.hashes?.quickXorHash ?? null;
  if (item.eTag !== file.eTag && (hash === null || hash !== file.quickXorHash)) throw new FileChanged(file);
}
