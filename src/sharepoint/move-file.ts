import type { Refusal } from './errors.ts';
import type { FolderRef } from './find-folder.ts';
import { type GraphSession, type Purpose, readAs } from './graph-session.ts';
import { readRefusal, refusalError } from './refusal.ts';
import { itemAddress, type WrittenItem, writing, writtenItem } from './writing.ts';

export interface MovableFile {
  readonly driveId: string;
  readonly itemId: string;
  readonly name: string;
  /** As it was listed. */
  readonly eTag: string;
  /** The content that may be moved: quickXorHash and size, or the eTag where there is no hash. */
  readonly versionKey: string;
}

/** `changed`: it has another content by now, and was left alone. */
export type MoveOutcome = 'moved' | 'changed' | 'gone';

export interface Move {
  readonly folder: FolderRef;
  /** For when the file's own name is taken there: nothing is ever written over. */
  readonly otherName: string;
}

/** Each answer may call for one more request: another name, or another eTag. */
const mostRequests = 5;

/** By its id, so that a second move of the same file finds the first one's work. */
export async function moveFile(
  graph: GraphSession,
  file: MovableFile,
  { folder, otherName }: Move,
  signal: AbortSignal | undefined,
): Promise<MoveOutcome> {
  const purpose = writing(`moving "${file.name}" to ${folder.webUrl}`, signal);
  let { eTag } = file;
  // Without a name it keeps the one that it has.
  let name: string | undefined;
  for (let request = 1; ; request++) {
    const refusal = await askFor(graph, file, { folder, name, eTag }, purpose);
    if (refusal === null) return 'moved';
    if (refusal.status === 404) return 'gone';
    const isNameTaken = refusal.code === 'nameAlreadyExists' && name === undefined;
    if (request === mostRequests || !(isNameTaken || refusal.status === 412))
      throw purpose.refused?.(refusal) ?? refusalError(purpose.action, refusal);
    if (isNameTaken) name = otherName;
    const found = await look(graph, file, signal);
    const outcome = outcomeBy(found, file, folder);
    if (outcome !== null) return outcome;
    eTag = found?.eTag ?? '';
  }
}

/** Null: it is where it was, and may be moved. */
function outcomeBy(found: WrittenItem | null, file: MovableFile, folder: FolderRef): MoveOutcome | null {
  if (found === null) return 'gone';
  if (found.parentReference?.id === folder.itemId) return 'moved';
  return versionKey(found) === file.versionKey ? null : 'changed';
}

/** Null: it is done. */
async function askFor(
  graph: GraphSession,
  file: MovableFile,
  { folder, name, eTag }: { folder: FolderRef; name: string | undefined; eTag: string },
  purpose: Purpose,
): Promise<Refusal | null> {
  const body = {
    parentReference: { id: folder.itemId },
    '@microsoft.graph.conflictBehavior': 'fail',
    ...(name !== undefined && { name }),
  };
  const headers: Record<string, string> = eTag === '' ? {} : { 'if-match': eTag };
  const response = await graph.send('PATCH', itemAddress(file), { ...purpose, body, headers });
  if (response.status !== 200) return await readRefusal(response);
  await response.body?.cancel();
  return null;
}

/** Null: it is not there any more. */
async function look(
  graph: GraphSession,
  file: MovableFile,
  signal: AbortSignal | undefined,
): Promise<WrittenItem | null> {
  const purpose = { action: `looking at "${file.name}"`, signal };
  const fields = 'id,name,size,eTag,webUrl,file,parentReference';
  const response = await graph.open(`${itemAddress(file)}?$select=${fields}`, purpose);
  if (response.status === 200) return await readAs(response, writtenItem, purpose);
  const refusal = await readRefusal(response);
  if (refusal.status === 404) return null;
  throw refusalError(purpose.action, refusal);
}

/** As the inventory makes it of a listing. */
function versionKey({ file, size, eTag = '' }: WrittenItem): string {
  const hash = file?.hashes?.quickXorHash;
  return hash === undefined ? eTag : `${hash}:${size}`;
}
