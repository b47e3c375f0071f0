import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

import type { Continuation } from './content-source.ts';
import { QuickXorHash } from './quick-xor-hash.ts';

/** The content of a file as far as it is on disk. Its hashes run on over a cut: no byte is read again. */
export class PartialContent implements AsyncDisposable {
  readonly #target: string;
  #output: FileHandle;
  #sha256 = createHash('sha256');
  #quickXor = new QuickXorHash();
  #bytes = 0;
  #total: number | null = null;
  #eTag: string | null = null;

  private constructor(target: string, output: FileHandle) {
    this.#target = target;
    this.#output = output;
  }

  /** Replaces what is at `target`. */
  static async begin(target: string): Promise<PartialContent> {
    return new PartialContent(target, await open(target, 'w'));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of the version that it is a part of; null: nobody has said. */
  get eTag(): string | null {
    return this.#eTag;
  }

  /** As far as HTTP has announced a length. */
  get isComplete(): boolean {
    return this.#total === null || this.#bytes === this.#total;
  }

  /** Null: there is nothing to go on with, or no telling of which version it is. */
  get continuation(): Continuation | null {
    // A weak tag does not stand for bytes.
    if (this.#bytes === 0 || this.#eTag?.startsWith('"') !== true) return null;
    return { offset: this.#bytes, eTag: this.#eTag };
  }

  /** The answer follows on what is there; or nothing does, since that is all. */
  isContinuedBy(response: Response): boolean {
    const [, first, total = ''] =
      /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    const eTag = response.headers.get('etag');
    if (eTag !== null && eTag !== this.#eTag) return false;
    if (total !== '*' && this.#total !== null && Number(total) !== this.#total) return false;
    if (response.status === 416) return Number(total) === this.#bytes;
    return response.status === 206 && Number(first) === this.#bytes;
  }

  /** Forgets what is there: `response` has the whole content. */
  async startOver(response: Response): Promise<void> {
    const emptied = await open(this.#target, 'w');
    await this.#output.close();
    this.#output = emptied;
    this.#sha256 = createHash('sha256');
    this.#quickXor = new QuickXorHash();
    this.#bytes = 0;
    const { headers } = response;
    const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity';
    const length = headers.get('content-length');
    this.#total = isPlain && length !== null ? Number(length) : null;
    this.#eTag = isPlain ? headers.get('etag') : null;
  }

  async append(piece: Uint8Array): Promise<void> {
    this.#sha256.update(piece);
    this.#quickXor.update(piece);
    await this.#output.writeFile(piece);
    this.#bytes += piece.length;
  }

  /** Once, at the end. */
  hashes(): { readonly sha256: string; readonly quickXorHash: string } {
    return { sha256: this.#sha256.digest('hex'), quickXorHash: this.#quickXor.digest() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#output.close();
  }
}
