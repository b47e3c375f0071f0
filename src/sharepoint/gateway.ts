import type { Secret } from '../settings/secret.ts';
import type { ChangedItem, DeltaEvent, DeltaScope, DeltaStart } from './delta.ts';
import { readChanges, readChildren } from './delta.ts';
import type { Download, DownloadableFile, DownloadOptions } from './download-file.ts';
import { downloadFile } from './download-file.ts';
import type { FolderRef } from './find-folder.ts';
import { findFolder } from './find-folder.ts';
import { GraphSession } from './graph-session.ts';
import type { RemoteFile } from './list-files.ts';
import { listFiles } from './list-files.ts';
import { TokenSource } from './token-source.ts';
import type { Timeouts } from './transport.ts';
import { Transport, TrustedCertificates } from './transport.ts';

export type { ChangedItem, DeltaScope, Download, FolderRef, RemoteFile };

export interface SharePointConnection {
  /** As in the browser: `https://tenant.sharepoint.com/sites/Name`. */
  readonly siteUrl: string;
  /** Library first, by its name or as in its address, then folders: `/Shared Documents/Reports`. */
  readonly folder: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
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
  readonly #origin: string;

  /** No I/O happens before the first call. */
  constructor(connection: SharePointConnection, timeouts: Timeouts = defaultTimeouts) {
    const audience = new URL(connection.graphUrl).origin;
    const certificates = new TrustedCertificates(connection.caFile);
    this.#connection = connection;
    this.#origin = audience;
    this.#transport = new Transport(certificates, timeouts);
    this.#tokens = new TokenSource({ ...connection, audience }, certificates, timeouts.headers);
    this.#graph = new GraphSession(audience, this.#transport, this.#tokens);
  }

  /** Signs in and finds the site, the library and the folder; each that fails has an error of its own. */
  async resolveFolder(signal?: AbortSignal): Promise<FolderRef> {
    return await findFolder(this.#graph, this.#connection, signal);
  }

  /** A page at a time; a page without files is given too, as a sign of life. */
  listFiles(
    folder: FolderRef,
    options: { recursive: boolean; signal?: AbortSignal | undefined },
  ): AsyncGenerator<readonly RemoteFile[], void, undefined> {
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
