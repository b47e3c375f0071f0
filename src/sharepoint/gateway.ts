import type { Download, DownloadableFile, DownloadOptions } from './download-file.ts';
import { downloadFile } from './download-file.ts';
import type { FolderRef, OnFound } from './find-folder.ts';
import { findFolder } from './find-folder.ts';
import { GraphSession } from './graph-session.ts';
import type { RemoteFile } from './list-files.ts';
import { listFiles } from './list-files.ts';
import type { SignIn } from './sign-in.ts';
import { describeToken, type SignedIn } from './signed-in.ts';
import { TokenSource } from './token-source.ts';
import type { Timeouts } from './transport.ts';
import { Transport, TrustedCertificates } from './transport.ts';

export type { Download, FolderRef, RemoteFile, SignedIn };

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

const defaultTimeouts: Timeouts = { connect: 30_000, headers: 30_000, body: 60_000 };

/**
 * The only code that talks to Microsoft. Repeats a request at most once and within seconds; whatever takes longer is the
 * caller's to schedule. Each method throws a SharePointError or the reason of its signal.
 */
export class SharePointGateway {
  readonly #connection: SharePointConnection;
  readonly #transport: Transport;
  readonly #tokens: TokenSource;
  readonly #graph: GraphSession;

  /** No I/O happens before the first call. */
  constructor(connection: SharePointConnection, timeouts: Timeouts = defaultTimeouts) {
    const audience = new URL(connection.graphUrl).origin;
    const certificates = new TrustedCertificates(connection.caFile);
    this.#connection = connection;
    this.#transport = new Transport(certificates, timeouts);
    this.#tokens = new TokenSource({ ...connection, audience }, certificates, timeouts.headers);
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
  listFiles(
    folder: FolderRef,
    options: { recursive: boolean; signal?: AbortSignal | undefined },
  ): AsyncGenerator<readonly RemoteFile[], void, undefined> {
    return listFiles(this.#graph, folder, options);
  }

  /**
   * Streams the content to `target`, a temporary path in a folder that exists. After a failure nothing is left there.
   * @throws {ContentMismatch} when the bytes are not those that SharePoint announced
   */
  async download(file: DownloadableFile, target: string, options: DownloadOptions = {}): Promise<Download> {
    return await downloadFile({ graph: this.#graph, transport: this.#transport }, file, target, options);
  }

  /** Ends what is under way at once. */
  async close(): Promise<void> {
    this.#tokens.close();
    await this.#transport.close();
  }
}
