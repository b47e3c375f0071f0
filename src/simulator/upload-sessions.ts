import { randomUUID } from 'node:crypto';

import type { ConflictBehavior } from './conflict.ts';
import { DetailedGraphError, GraphError, invalidRequest } from './graph-error.ts';
import type { DriveFolder } from './item.ts';

/** All pieces but the last are a multiple of it. */
const alignment = 327_680;
const largestPiece = 60 * 1024 * 1024;
/** Since the session began, or its last piece came. */
const lifetimeMs = 60 * 60 * 1000;

/** Where an upload is to go. */
export interface UploadTarget {
  readonly folder: DriveFolder;
  readonly name: string;
}

/** An upload in pieces that is under way: nothing of it can be seen yet. */
export interface UploadSession {
  readonly id: string;
  readonly target: UploadTarget;
  readonly behavior: ConflictBehavior;
  readonly clientModifiedAt: string | null;
  readonly pieces: Buffer[];
  received: number;
  /** Null before the first piece. */
  total: number | null;
  expiresAt: Date;
}

export interface Piece {
  readonly start: number;
  readonly total: number;
  readonly bytes: Buffer;
}

/** The uploads that are under way, by the simulator's clock; a restart ends them all. */
export class UploadSessions {
  readonly #open = new Map<string, UploadSession>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  begin(upload: Pick<UploadSession, 'target' | 'behavior' | 'clientModifiedAt'>): UploadSession {
    const session: UploadSession = {
      ...upload,
      id: randomUUID(),
      pieces: [],
      received: 0,
      total: null,
      expiresAt: this.#expiry(),
    };
    this.#open.set(session.id, session);
    return session;
  }

  find(id: string): UploadSession {
    const session = this.#open.get(id);
    if (session !== undefined && session.expiresAt > this.#now()) return session;
    this.#open.delete(id);
    throw new GraphError(404, 'itemNotFound', 'The upload session was not found');
  }

  end(session: UploadSession): void {
    this.#open.delete(session.id);
  }

  /** The whole content when this piece is the last one, else null. A last piece is kept by `end` alone, so it may be sent again. */
  take(session: UploadSession, piece: Piece): Buffer | null {
    checkPiece(session, piece);
    if (piece.start + piece.bytes.length === piece.total)
      return Buffer.concat([...session.pieces, piece.bytes]);
    session.pieces.push(piece.bytes);
    session.received += piece.bytes.length;
    session.total = piece.total;
    session.expiresAt = this.#expiry();
    return null;
  }

  #expiry(): Date {
    return new Date(this.#now().getTime() + lifetimeMs);
  }
}

/** As SharePoint has them: closed at both ends once it knows the length, where the documentation shows them open. */
export function nextExpectedRanges({ received, total }: UploadSession): string[] {
  return [total === null ? `${received}-` : `${received}-${total - 1}`];
}

function checkPiece({ received, total }: UploadSession, piece: Piece): void {
  const { start, bytes } = piece;
  if (total !== null && piece.total !== total)
    throw invalid(400, 'fragmentLengthMismatch', 'The total length differs from that of the first fragment.');
  if (start < received) throw invalid(416, 'fragmentOverlap', 'The fragment was received already.');
  if (start > received) throw invalid(416, 'fragmentOutOfOrder', 'The fragment is not the next one.');
  if (bytes.length === 0 || bytes.length >= largestPiece)
    throw invalidRequest('A fragment has at least one byte, and less than 60 MiB.');
  if (start + bytes.length < piece.total && bytes.length % alignment !== 0)
    throw invalidRequest('All fragments but the last one are a multiple of 320 KiB.');
}

function invalid(status: number, detail: string, message: string): GraphError {
  const code = status === 416 ? 'invalidRange' : 'invalidRequest';
  return new DetailedGraphError(status, code, detail, message);
}
