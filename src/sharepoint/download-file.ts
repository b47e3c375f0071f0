import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';

import { failpoint } from '../failpoints.ts';
import type { SharePointError } from './errors.ts';
import { ContentMismatch, FileGone, SharePointFailed } from './errors.ts';
import type { GraphSession } from './graph-session.ts';
import type { RemoteFile } from './list-files.ts';
import { withQuickRetry } from './quick-retry.ts';
import { QuickXorHash } from './quick-xor-hash.ts';
import { readRefusal, refusalError } from './refusal.ts';
import type { Transport } from './transport.ts';
import { connectionFailure } from './transport.ts';

export type DownloadableFile = Pick<RemoteFile, 'driveId' | 'itemId' | 'name' | 'size' | 'quickXorHash'>;

export interface Download {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Base64, of the bytes received. */
  readonly quickXorHash: string;
  /** Of the version received; null when the content host does not say. */
  readonly eTag: string | null;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes received so far; called for each piece. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

interface Services {
  readonly graph: GraphSession;
  readonly transport: Transport;
}

/** Writes the content to `target`, replacing what is there; removes it again when anything fails. */
export async function downloadFile(
  services: Services,
  file: DownloadableFile,
  target: string,
  options: DownloadOptions,
): Promise<Download> {
  const response = await openContent(services, file, options.signal);
  try {
    const received = await receive(response, target, options);
    // Without a hash it is the length that HTTP announced which tells a broken transfer; the connection sees to that.
    if (file.quickXorHash !== null && file.quickXorHash !== received.quickXorHash) {
      throw new ContentMismatch(file, received);
    }
    return { ...received, eTag: response.headers.get('etag') };
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

/**
 * Graph redirects to an address that is a credential by itself and must not see the token: it is asked directly, once,
 * and never kept, as it expires.
 */
async function openContent(
  { graph, transport }: Services,
  file: DownloadableFile,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const purpose = { action: `downloading "${file.name}"`, signal };
  const path = `/drives/${encodeURIComponent(file.driveId)}/items/${encodeURIComponent(file.itemId)}/content`;
  const redirect = await graph.open(path, purpose);
  if (redirect.status === 200) return redirect;
  const location = redirect.headers.get('location');
  if (redirect.status !== 302 || location === null) throw await contentError(file, redirect, purpose.action);
  await redirect.body?.cancel();
  const address = new URL(location, redirect.url).href;
  const content = await withQuickRetry(() => transport.send(address, { signal }), signal);
  if (content.status === 200) return content;
  // The address has expired: there is no token to be refused, and the next attempt gets a new address.
  if (content.status === 401) throw new SharePointFailed(purpose.action, await readRefusal(content));
  throw await contentError(file, content, purpose.action);
}

async function contentError(
  file: DownloadableFile,
  response: Response,
  action: string,
): Promise<SharePointError> {
  const refusal = await readRefusal(response);
  if (refusal.status === 404 || refusal.status === 410) return new FileGone(file, refusal);
  return refusalError(action, refusal);
}

async function receive(
  response: Response,
  target: string,
  { signal, onProgress }: DownloadOptions,
): Promise<Omit<Download, 'eTag'>> {
  const sha256 = createHash('sha256');
  const quickXor = new QuickXorHash();
  let bytes = 0;
  await using output = await open(target, 'w');
  for await (const piece of readBody(response, signal)) {
    sha256.update(piece);
    quickXor.update(piece);
    await output.writeFile(piece);
    bytes += piece.length;
    onProgress?.(bytes);
    await failpoint('mid-download');
  }
  return { bytes, sha256: sha256.digest('hex'), quickXorHash: quickXor.digest() };
}

/** Only what the connection does wrong is the gateway's error; a disk that is full stays the error of the disk. */
async function* readBody(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of response.body ?? []) yield piece as Uint8Array;
  } catch (error) {
    throw connectionFailure(response.url, error, signal);
  }
}
