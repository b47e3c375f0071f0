import type { Refusal, SharePointError } from './errors.ts';
import { FileGone, SharePointFailed } from './errors.ts';
import { FileLocked, MalwareDetected } from './file-not-ready.ts';
import type { GraphSession } from './graph-session.ts';
import type { RemoteFile } from './list-files.ts';
import { withQuickRetry } from './quick-retry.ts';
import { readRefusal, refusalError } from './refusal.ts';
import type { Transport } from './transport.ts';

export interface Services {
  readonly graph: GraphSession;
  readonly transport: Transport;
}

/** As it was listed. */
export type DownloadableFile = Pick<RemoteFile, 'driveId' | 'itemId' | 'name' | 'quickXorHash'> & {
  /** Null: it has been listed with another one since. */
  readonly eTag: string | null;
};

/** From which byte on, and of which version. */
export interface Continuation {
  readonly offset: number;
  readonly eTag: string;
}

const redirects = [301, 302, 303, 307, 308];
/** One to the host of the contents, and some more among its like. */
const redirectsAtMost = 5;
/** An address that has expired, or is no longer good for the file: another one may be. */
const renewable = [401, 403, 404];

/**
 * Where the content of one file comes from. Graph redirects to an address that is a credential by itself, must not see the
 * token, and expires: it is asked directly, kept in memory alone, and for as long as it is good.
 */
export class ContentSource {
  readonly #services: Services;
  readonly #file: DownloadableFile;
  readonly #signal: AbortSignal | undefined;
  readonly #action: string;
  #address: string | null = null;

  constructor(services: Services, file: DownloadableFile, signal: AbortSignal | undefined) {
    this.#services = services;
    this.#file = file;
    this.#signal = signal;
    this.#action = `downloading "${file.name}"`;
  }

  /**
   * The content, or what follows an offset: then the status is 206, or 200 when the whole comes nevertheless, be it that the
   * version is another one by now, or 416 when nothing follows.
   */
  async open(from: Continuation | null): Promise<Response> {
    const statuses = from === null ? [200] : [200, 206, 416];
    const headers = {
      // Offsets and lengths are those of the file.
      'accept-encoding': 'identity',
      ...(from !== null && { range: `bytes=${from.offset}-`, 'if-range': from.eTag }),
    };
    for (let isRenewed = false; ; isRenewed = true) {
      const response = await this.#request(headers);
      if (statuses.includes(response.status)) return response;
      const isInfected = response.headers.has('x-virus-infected');
      const refusal = await readRefusal(response);
      if (refusal.status === 403 && (isInfected || refusal.code === 'malwareDetected'))
        throw new MalwareDetected(this.#file, refusal);
      const wasGraph = this.#address === null;
      if (wasGraph || isRenewed || !renewable.includes(refusal.status)) throw this.#error(refusal, wasGraph);
      this.#address = null;
    }
  }

  /** The answer of the host of the contents; or that of Graph, when it gives no address. */
  async #request(headers: Readonly<Record<string, string>>): Promise<Response> {
    const { graph, transport } = this.#services;
    const signal = this.#signal;
    if (this.#address === null) {
      const response = await graph.open(contentPath(this.#file), { signal });
      if (!redirects.includes(response.status)) return response;
      this.#address = await this.#redirect(response);
    }
    let address = this.#address;
    for (let count = 0; count < redirectsAtMost; count++) {
      const response = await withQuickRetry(() => transport.send(address, { headers, signal }), signal);
      if (!redirects.includes(response.status)) return response;
      address = await this.#redirect(response);
    }
    throw this.#failure('tooManyRedirects', `${redirectsAtMost} redirects one after another`);
  }

  async #redirect(response: Response): Promise<string> {
    await response.body?.cancel();
    const location = response.headers.get('location');
    const target = location === null ? null : URL.parse(location, response.url);
    if (target?.protocol === 'https:') return target.href;
    const to = target === null ? 'nowhere' : target.origin;
    throw this.#failure('unexpectedRedirect', `a redirect to ${to}, which is no https address`);
  }

  #failure(code: string, message: string): SharePointFailed {
    return new SharePointFailed(this.#action, {
      status: 200,
      code,
      message,
      requestId: null,
      retryAfterSeconds: null,
    });
  }

  #error(refusal: Refusal, isOfGraph: boolean): SharePointError {
    if (refusal.status === 404 || refusal.status === 410) return new FileGone(this.#file, refusal);
    if (refusal.status === 423) return new FileLocked(this.#file, refusal);
    // There was no token to be refused: the address was not good, and the next attempt gets another one.
    if (refusal.status === 401 && !isOfGraph) return new SharePointFailed(this.#action, refusal);
    return refusalError(this.#action, refusal);
  }
}

function contentPath({ driveId, itemId }: DownloadableFile): string {
  return `/drives/${encodeURIComponent(driveId)}/items/${encodeURIComponent(itemId)}/content`;
}
