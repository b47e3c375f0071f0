import { UploadMismatch } from './errors.ts';
import { type GraphSession, readAs, refusedAs } from './graph-session.ts';
import { QuickXorHash } from './quick-xor-hash.ts';
import type { Transport } from './transport.ts';
import { uploadInPieces } from './upload-session.ts';
import { itemAddress, type Upload, type WrittenItem, writing, writtenItem } from './writing.ts';

export interface UploadedFile {
  readonly itemId: string;
  readonly webUrl: string;
  /** SharePoint writes properties of the library into documents of Office: what it has stored differs from what was sent. */
  readonly isAltered: boolean;
}

/** What is larger goes in pieces, which a cut connection does not undo; all versions of the service take so much at once. */
const largestWhole = 4 * 1024 * 1024;

const altersOnUpload = /\.(?:xls|ppt|doc)[xmb]?$/i;

/** The file is there whole afterwards, or as it was before. Safe to do again. */
export async function uploadFile(
  services: { readonly graph: GraphSession; readonly transport: Transport },
  upload: Upload,
  signal: AbortSignal | undefined,
): Promise<UploadedFile> {
  const { buffer, byteOffset, byteLength } = upload.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const hash = new QuickXorHash().update(bytes).digest();
  const item =
    bytes.length <= largestWhole
      ? await putWhole(services.graph, { ...upload, bytes }, signal)
      : await uploadInPieces(services, { ...upload, bytes, hash }, signal);
  const stored = item.file?.hashes?.quickXorHash ?? hash;
  const isAltered = stored !== hash || (bytes.length > 0 && item.size !== bytes.length);
  if (stored !== hash && !altersOnUpload.test(upload.name))
    throw new UploadMismatch(upload.name, hash, stored);
  return { itemId: item.id, webUrl: item.webUrl, isAltered };
}

async function putWhole(
  graph: GraphSession,
  { folder, name, bytes, conflict }: Upload & { readonly bytes: Buffer },
  signal: AbortSignal | undefined,
): Promise<WrittenItem> {
  const purpose = writing(`uploading "${name}" to ${folder.webUrl}`, signal);
  const address = `${itemAddress(folder)}:/${encodeURIComponent(name)}:/content`;
  const query = `@microsoft.graph.conflictBehavior=${conflict}`;
  const response = await graph.send('PUT', `${address}?${query}`, { ...purpose, body: bytes });
  if (response.status !== 200 && response.status !== 201) throw await refusedAs(response, purpose);
  return await readAs(response, writtenItem, purpose);
}
