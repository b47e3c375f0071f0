import { randomUUID } from 'node:crypto';

import type { FolderRef } from './find-folder.ts';
import { type GraphSession, refusedAs } from './graph-session.ts';
import type { Transport } from './transport.ts';
import { uploadFile } from './upload-file.ts';
import { itemAddress, writing } from './writing.ts';

/** Puts a small file into the folder and deletes it again. Returns its name. */
export async function tryWriting(
  services: { readonly graph: GraphSession; readonly transport: Transport },
  folder: FolderRef,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = `charlie-check-${randomUUID().slice(0, 8)}.txt`;
  const bytes = Buffer.from('Written by `charlie sharepoint check`, which deletes it at once.\n');
  const { itemId } = await uploadFile(services, { folder, name, bytes, conflict: 'fail' }, signal);
  const purpose = writing(`deleting "${name}" from ${folder.webUrl}`, signal);
  const response = await services.graph.remove(itemAddress({ ...folder, itemId }), purpose);
  if (response.status !== 204) throw await refusedAs(response, purpose);
  return name;
}
