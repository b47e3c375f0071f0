import { z } from 'zod';
import { AccessDenied, type Refusal } from './errors.ts';
import type { FolderRef } from './find-folder.ts';
import type { Purpose } from './graph-session.ts';

export interface Upload {
  readonly folder: FolderRef;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** When the name is taken. Always sent: what the service does without differs from what its documentation says. */
  readonly conflict: 'fail' | 'replace';
}

/** A file as the answer to an upload or a move shows it. */
export const writtenItem = z.object({
  id: z.string(),
  name: z.string(),
  eTag: z.string().optional(),
  webUrl: z.string(),
  size: z.number(),
  parentReference: z.object({ id: z.string().optional() }).optional(),
  file: z.object({ hashes: z.object({ quickXorHash: z.string().optional() }).optional() }).optional(),
});

export type WrittenItem = z.infer<typeof writtenItem>;

/** Who may read and is denied this lacks the right to write. */
export function writing(action: string, signal: AbortSignal | undefined): Purpose {
  return { action, signal, refused: (refusal) => lacksWrite(action, refusal) };
}

/** `driveId` and the item, as an address begins. */
export function itemAddress({ driveId, itemId }: { driveId: string; itemId: string }): string {
  return `/drives/${encodeURIComponent(driveId)}/items/${encodeURIComponent(itemId)}`;
}

function lacksWrite(action: string, refusal: Refusal): AccessDenied | null {
  return refusal.status === 401 || refusal.status === 403 ? new AccessDenied(action, refusal, 'write') : null;
}
