import { FolderNotFound } from './errors.ts';
import { type FolderRef, findFolder } from './find-folder.ts';
import { type GraphSession, refusedAs } from './graph-session.ts';
import { itemAddress, writing } from './writing.ts';

/** The folder, made as far as it is not there. Whoever makes one at the same time makes the same. */
export async function makeFolder(
  graph: GraphSession,
  place: { readonly siteUrl: string; readonly folder: string },
  signal: AbortSignal | undefined,
): Promise<FolderRef> {
  try {
    return await findFolder(graph, place, { signal });
  } catch (error) {
    const cut = place.folder.replace(/\/+$/, '').lastIndexOf('/');
    if (!(error instanceof FolderNotFound) || cut <= 0) throw error;
    const parent = await makeFolder(graph, { ...place, folder: place.folder.slice(0, cut) }, signal);
    await makeIn(graph, parent, { name: place.folder.slice(cut + 1).replace(/\/+$/, ''), signal });
    return await findFolder(graph, place, { signal });
  }
}

async function makeIn(
  graph: GraphSession,
  parent: FolderRef,
  { name, signal }: { name: string; signal: AbortSignal | undefined },
): Promise<void> {
  const purpose = writing(`making the folder "${name}" in ${parent.webUrl}`, signal);
  const body = { name, folder: {}, '@microsoft.graph.conflictBehavior': 'fail' };
  const response = await graph.send('POST', `${itemAddress(parent)}/children`, { ...purpose, body });
  // 409: it is there by now, or a file of that name is, which the next look says.
  if (response.status !== 201 && response.status !== 409) throw await refusedAs(response, purpose);
  await response.body?.cancel();
}
