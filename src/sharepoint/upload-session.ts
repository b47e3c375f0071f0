import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { SharePointError, SharePointFailed } from './errors.ts';
import { type GraphSession, type Purpose, readAs, refusedAs } from './graph-session.ts';
import { withQuickRetry } from './quick-retry.ts';
import type { Transport } from './transport.ts';
import { itemAddress, type Upload, type WrittenItem, writing, writtenItem } from './writing.ts';

/** A multiple of 327,680 bytes, which the service insists on, and below 60 MiB. */
const pieceSize = 16 * 327_680;
/** Interruptions in a row after which no byte more had arrived. */
const mostInterruptions = 3;
const pauseMs = 500;
const givingUpMs = 5000;

const sessionBody = z.object({ uploadUrl: z.string() });
const statusBody = z.object({ nextExpectedRanges: z.array(z.string()).min(1) });

interface Services {
  readonly graph: GraphSession;
  readonly transport: Transport;
}

interface LargeUpload extends Upload {
  readonly bytes: Buffer;
  /** quickXorHash of the bytes. */
  readonly hash: string;
}

/**
 * Takes up again where the service says that it stands when the connection was cut. The session's address is a credential:
 * it sees no token, and is never kept; who fails ends the session, and begins another one.
 */
export async function uploadInPieces(
  services: Services,
  upload: LargeUpload,
  signal: AbortSignal | undefined,
): Promise<WrittenItem> {
  const purpose = writing(`uploading "${upload.name}" to ${upload.folder.webUrl}`, signal);
  const url = await openSession(services.graph, upload, purpose);
  const session = new PiecewiseUpload(services.transport, { url, bytes: upload.bytes }, purpose);
  try {
    return (await session.run()) ?? (await findStored(services.graph, upload, purpose));
  } catch (error) {
    await session.giveUp();
    throw error;
  }
}

async function openSession(
  graph: GraphSession,
  { folder, name, conflict }: LargeUpload,
  purpose: Purpose,
): Promise<string> {
  const address = `${itemAddress(folder)}:/${encodeURIComponent(name)}:/createUploadSession`;
  const body = { item: { '@microsoft.graph.conflictBehavior': conflict, name } };
  const response = await graph.send('POST', address, { ...purpose, body });
  if (response.status !== 200) throw await refusedAs(response, purpose);
  return (await readAs(response, sessionBody, purpose)).uploadUrl;
}

/** The session is over: the last answer was lost after the file had been stored, or it has expired. */
async function findStored(
  graph: GraphSession,
  { folder, name, hash }: LargeUpload,
  purpose: Purpose,
): Promise<WrittenItem> {
  const address = `${itemAddress(folder)}:/${encodeURIComponent(name)}:`;
  const response = await graph.open(`${address}?$select=id,name,size,eTag,webUrl,file`, purpose);
  if (response.status === 200) {
    const item = await readAs(response, writtenItem, purpose);
    if (item.file?.hashes?.quickXorHash === hash) return item;
  }
  throw new SharePointFailed(purpose.action, {
    status: 408,
    code: 'uploadSessionEnded',
    message: 'the upload session ended before the file was complete',
    requestId: response.headers.get('request-id'),
    retryAfterSeconds: null,
  });
}

class PiecewiseUpload {
  readonly #transport: Transport;
  readonly #url: string;
  readonly #bytes: Buffer;
  readonly #purpose: Purpose;
  #offset = 0;
  #interruptions = 0;

  constructor(transport: Transport, { url, bytes }: { url: string; bytes: Buffer }, purpose: Purpose) {
    this.#transport = transport;
    this.#url = url;
    this.#bytes = bytes;
    this.#purpose = purpose;
  }

  /** Null: the service does not know the session (any more). */
  async run(): Promise<WrittenItem | null> {
    for (;;) {
      try {
        const response = await this.#sendPiece();
        if (response.status === 200 || response.status === 201)
          return await readAs(response, writtenItem, this.#purpose);
        // 401: the address has expired.
        if (response.status === 404 || response.status === 401) return null;
        if (response.status !== 202 && response.status !== 416)
          throw await refusedAs(response, this.#purpose);
        if (!(await this.#goOn(response.status === 202 ? response : null))) return null;
      } catch (error) {
        if (!(await this.#resume(error))) return null;
      }
    }
  }

  /** The service drops an unfinished session by itself, too. */
  async giveUp(): Promise<void> {
    const request = { method: 'DELETE', signal: AbortSignal.timeout(givingUpMs) };
    await this.#transport.send(this.#url, request).then(
      (response) => response.body?.cancel(),
      () => undefined,
    );
  }

  #sendPiece(): Promise<Response> {
    const { signal } = this.#purpose;
    const piece = this.#bytes.subarray(this.#offset, this.#offset + pieceSize);
    const last = this.#offset + piece.length - 1;
    const headers = { 'content-range': `bytes ${this.#offset}-${last}/${this.#bytes.length}` };
    const request = { method: 'PUT', headers, body: piece, signal };
    return withQuickRetry(() => this.#transport.send(this.#url, request), signal);
  }

  /** From where the service says, in `answer` or when it is asked; false: it does not know the session. */
  async #goOn(answer: Response | null): Promise<boolean> {
    const response = answer ?? (await this.#transport.send(this.#url, { signal: this.#purpose.signal }));
    if (response.status === 404 || response.status === 401) return false;
    if (response.status !== 202 && response.status !== 200) throw await refusedAs(response, this.#purpose);
    const { nextExpectedRanges } = await readAs(response, statusBody, this.#purpose);
    const next = Number.parseInt(nextExpectedRanges[0] ?? '', 10);
    if (next > this.#offset) this.#interruptions = 0;
    else if (++this.#interruptions > mostInterruptions) throw stuck(this.#purpose, next);
    this.#offset = next;
    return true;
  }

  /** After what may pass by itself. */
  async #resume(error: unknown): Promise<boolean> {
    const mayPass = error instanceof SharePointError && error.retryable && !('retryAfterSeconds' in error);
    if (!mayPass || this.#interruptions >= mostInterruptions) throw error;
    const { signal } = this.#purpose;
    await sleep(pauseMs * 2 ** this.#interruptions, undefined, { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
    return await this.#goOn(null).catch(() => {
      this.#interruptions++;
      return true;
    });
  }
}

function stuck({ action }: Purpose, offset: number): SharePointFailed {
  return new SharePointFailed(action, {
    status: 408,
    code: 'uploadStuck',
    message: `the service goes on asking for byte ${offset}`,
    requestId: null,
    retryAfterSeconds: null,
  });
}
