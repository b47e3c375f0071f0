import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { failpoint } from '../failpoints.ts';
import { assertUnchanged } from './assert-unchanged.ts';
import { ContentSource, type DownloadableFile, type Services } from './content-source.ts';
import type { SharePointError } from './errors.ts';
import { ContentMismatch, SharePointFailed, SharePointUnreachable } from './errors.ts';
import { PartialContent } from './partial-content.ts';
import { connectionFailure } from './transport.ts';

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

interface Received extends Download {
  readonly isCut: boolean;
}

/** In a row, each with less than `progressBytes` since the one before: a bad line gets a large file through, and a dead one ends. */
const cutsAtMost = 5;
const progressBytes = 8 * 1024 * 1024;
/** Before the first time that a cut download is gone on with; it doubles with each further one. */
const firstPauseMs = 100;

/** So much is there at once: between the eTag in the answer and the last byte there is no time in which to change. */
const smallBytes = 1024 * 1024;

/**
 * Writes the content to `target`, replacing what is there; removes it again when anything fails. A download that is cut goes
 * on where it was. Throws what SharePointError.pendingReason marks when the file is not the one that was listed, or not to be had.
 */
export async function downloadFile(
  services: Services,
  file: DownloadableFile,
  target: string,
  options: DownloadOptions,
): Promise<Download> {
  try {
    const source = new ContentSource(services, file, options.signal);
    const { isCut, ...received } = await receive(source, file, target, options);
    const isVerified = file.quickXorHash === received.quickXorHash;
    const wasAtOnce = !isCut && received.bytes <= smallBytes;
    if (!isVerified || !wasAtOnce || received.eTag !== file.eTag)
      await assertUnchanged(services.graph, file, options.signal);
    // Without a hash it is the length that HTTP announced which tells a broken transfer.
    if (!isVerified && file.quickXorHash !== null) throw new ContentMismatch(file, received);
    return received;
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function receive(
  source: ContentSource,
  file: DownloadableFile,
  target: string,
  options: DownloadOptions,
): Promise<Received> {
  await using content = await PartialContent.begin(target);
  let cuts = 0;
  let furthest = 0;
  for (let isCut = false; ; isCut = true) {
    try {
      await receiveRest(source, content, options);
      if (!content.isComplete) throw cutShort(file, content.bytes);
      const { bytes, eTag } = content;
      return { bytes, eTag, isCut, ...content.hashes() };
    } catch (error) {
      cuts = content.bytes >= furthest + progressBytes ? 1 : cuts + 1;
      furthest = Math.max(furthest, content.bytes);
      if (!mayGoOn(error) || content.continuation === null || cuts > cutsAtMost) throw error;
      const pause = firstPauseMs * 2 ** (cuts - 1);
      await sleep(pause, undefined, { signal: options.signal }).catch(() => options.signal?.throwIfAborted());
    }
  }
}

/** What is not there yet; everything, when there is a new version, or when the host of the contents does not give parts. */
async function receiveRest(
  source: ContentSource,
  content: PartialContent,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  const from = content.continuation;
  let response = await source.open(from);
  const isContinued = from !== null && content.isContinuedBy(response);
  if (!isContinued && response.status !== 200) {
    await response.body?.cancel();
    response = await source.open(null);
  }
  if (!isContinued) await content.startOver(response);
  if (response.status === 416) {
    await response.body?.cancel();
    return;
  }
  for await (const piece of readBody(response, signal)) {
    await content.append(piece);
    onProgress?.(content.bytes);
    await failpoint('mid-download');
  }
}

/** Throttling is none of these: it asks for a pause that is not ours to make. */
function mayGoOn(error: unknown): boolean {
  return (error instanceof SharePointUnreachable || error instanceof SharePointFailed) && error.retryable;
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

/** The answer ended in order, and before the length that it had announced. */
function cutShort(file: DownloadableFile, bytes: number): SharePointError {
  return new SharePointFailed(`downloading "${file.name}"`, {
    status: 200,
    code: 'cutShort',
    message: `the content ended after ${bytes} bytes, before its announced length`,
    requestId: null,
    retryAfterSeconds: null,
  });
}
