import type { DownloadableFile } from './content-source.ts';
import type { ChangedItem, DeltaEvent, DeltaScope, DeltaStart } from './delta.ts';
import { readChanges, readChildren } from './delta.ts';
import type { Download, DownloadOptions } from './download-file.ts';
import { downloadFile } from './download-file.ts';
import { FolderNotFound } from './errors.ts';
import type { FolderRef, OnFound } from './find-folder.ts';
import { findFolder } from './find-folder.ts';
import { GraphSession } from './graph-session.ts';
import type { ListOptions, RemoteFile } from './list-files.ts';
import { listFiles } from './list-files.ts';
import { makeFolder } from './make-folder.ts';
import { type MovableFile, type Move, type MoveOutcome, moveFile } from './move-file.ts';
import type { SignIn } from './sign-in.ts';
import { describeToken, type SignedIn } from './signed-in.ts';
import { Slots } from './slots.ts';
import { TokenSource } from './token-source.ts';
import { type SharedTraffic, Traffic } from './traffic.ts';
import type { Timeouts } from './transport.ts';
import { Transport, TrustedCertificates } from './transport.ts';
import { tryWriting } from './try-writing.ts';
import { type UploadedFile, uploadFile } from './upload-file.ts';
import type { Upload } from './writing.ts';

export type { ChangedItem, DeltaScope, Download, FolderRef, RemoteFile, SignedIn };

export interface SharePointConnection {
  /** As in the browser: `https://tenant.sharepoint.com/sites/Name`. */
  readonly siteUrl: string;
  /** Library first, by its name or as in its address, then folders: `/Shared Documents/Reports`; or its address in the browser. */
  readonly folder: string;
  readonly signIn: SignIn;
  /** Where Graph is; only scheme, host and port count. */
  readonly graphUrl: string;
  readonly authorityUrl: string;
  /** PEM file of a certificate authority to trust besides the system's. */
  readonly caFile: string | null;
}

/** Of all runs together: what a home line carries, and far from what a service minds. */
const downloadsAtOnce = 16;

const defaultTimeouts: Timeouts = { connect: 30_000, headers: 30_000, body: 60_000 };

/**
 * The only code that talks to Microsoft. Repeats a request at most once and within seconds; whatever takes longer is the
 * caller's to schedule. Each method throws a SharePointError or the reason of its signal.
 */
export class SharePointGateway {
  readonly #connection: SharePointConnection;
  readonly #traffic: Traffic;
  readonly #transport: Transport;
  readonly #tokens: TokenSource;
  readonly #graph: GraphSession;
  readonly #downloads = new Slots(downloadsAtOnce);
  readonly #origin: string;

  /** No I/O happens before the first call. `shared` null: nobody else asks for this application. */
  constructor(
    connection: SharePointConnection,
    timeouts: Timeouts = defaultTimeouts,
    shared: SharedTraffic | null = null,
  ) {
    const audience = new URL(connection.graphUrl).origin;
    const certificates = new TrustedCertificates(connection.caFile);
    this.#connection = connection;
    this.#traffic = new Traffic(shared);
    this.#transport = new Transport(certificates, timeouts, this.#traffic);
    this.#tokens = new TokenSource(
      { ...connection, audience },
      certificates,
      timeouts.headers,
      this.#traffic,
    );
    this.#origin = audience;
    this.#graph = new GraphSession(audience, this.#transport, this.#tokens);
  }

  /** Signs in, and says what the token allows. */
  async signIn(signal?: AbortSignal): Promise<SignedIn> {
    return describeToken(await this.#tokens.token(signal));
  }

  /** Signs in and finds the site, the library and the folder; each that fails has an error of its own. */
  async resolveFolder(signal?: AbortSignal, onFound?: OnFound): Promise<FolderRef> {
    return await findFolder(this.#graph, this.#connection, { signal, onFound });
  }

  /** A page at a time; a page without files is given too, as a sign of life. */
  listFiles(folder: FolderRef, options: ListOptions): AsyncGenerator<readonly RemoteFile[], void, undefined> {
    return listFiles(this.#graph, folder, options);
  }

  /** What changed since the last round, a page at a time. A link of another Graph counts as none. */
  changes(folder: FolderRef, start: DeltaStart): AsyncGenerator<DeltaEvent, void, undefined> {
    const isOurs =
      start.link !== null && URL.canParse(start.link) && new URL(start.link).origin === this.#origin;
    return readChanges(this.#graph, folder, { ...start, link: isOurs ? start.link : null });
  }

  /** What lies in a folder below `folder`, but not deeper; nothing when it is gone. */
  children(
    folder: FolderRef,
    options: { itemId: string; signal?: AbortSignal | undefined },
  ): AsyncGenerator<readonly ChangedItem[], void, undefined> {
    return readChildren(this.#graph, folder, options);
  }

  /**
   * Streams the content to `target`, a temporary path in a folder that exists. After a failure nothing is left there. Waits
   * while too many others do.
   * @throws {ContentMismatch} when the bytes are not those that SharePoint announced, and {@link FileChanged} when it has others now
   */
  async download(file: DownloadableFile, target: string, options: DownloadOptions = {}): Promise<Download> {
    const services = { graph: this.#graph, transport: this.#transport };
    return await this.#downloads.use(options.signal, () => downloadFile(services, file, target, options));
  }

  /** Another folder of the site, library first; null: it is not there. */
  async lookForFolder(folder: string, signal?: AbortSignal): Promise<FolderRef | null> {
    try {
      return await findFolder(this.#graph, { siteUrl: this.#connection.siteUrl, folder }, { signal });
    } catch (error) {
      if (error instanceof FolderNotFound) return null;
      throw error;
    }
  }

  /** A folder of the site, library first, made as far as it is not there. */
  async makeFolder(folder: string, signal?: AbortSignal): Promise<FolderRef> {
    return await makeFolder(this.#graph, { siteUrl: this.#connection.siteUrl, folder }, signal);
  }

  /** Safe to do again: a file that is in the folder already counts as moved. */
  async moveFile(file: MovableFile, to: Move, signal?: AbortSignal): Promise<MoveOutcome> {
    return await moveFile(this.#graph, file, to, signal);
  }

  /**
   * Puts a file there whole, or leaves what was there.
   * @throws {UploadMismatch} when what was stored is not what was sent
   */
  async upload(upload: Upload, signal?: AbortSignal): Promise<UploadedFile> {
    return await uploadFile({ graph: this.#graph, transport: this.#transport }, upload, signal);
  }

  /** Whether files can be put into a folder and deleted there; leaves none. Returns the name that it had. */
  async tryWriting(folder: FolderRef, signal?: AbortSignal): Promise<string> {
    return await tryWriting({ graph: this.#graph, transport: this.#transport }, folder, signal);
  }

  /** Ends what is under way at once. */
  async close(): Promise<void> {
    this.#traffic.end();
    this.#tokens.close();
    await this.#transport.close();
  }
}
