import type { PendingReason } from '../domain/pending-reasons.ts';
import type { ApplicationSignIn } from './sign-in.ts';
import { signInRemedy } from './sign-in-remedy.ts';

/** An answer other than success, in the service's own words. */
export interface Refusal {
  readonly status: number;
  /** Microsoft's error code, such as `itemNotFound`; null when the body had none. */
  readonly code: string | null;
  readonly message: string;
  /** What Microsoft's support asks for. */
  readonly requestId: string | null;
  /** Null when the answer named no time. */
  readonly retryAfterSeconds: number | null;
  /** Where the service says to begin anew, with itself and nobody else. */
  readonly location?: string;
}

/** One line for a message. */
export function refusalWords({ status, code, message, requestId }: Refusal): string {
  const words = message === '' ? '' : `: ${message.replace(/\.$/, '')}`;
  const request = requestId === null ? '' : ` (request id ${requestId})`;
  return `${status}${code === null ? '' : ` ${code}`}${words}${request}`;
}

/** Everything the gateway throws, besides the reason of an abort signal and errors of the local disk. */
export abstract class SharePointError extends Error {
  /** Whether the same call may succeed later without anyone changing anything. */
  abstract readonly retryable: boolean;
  /** Not null: nothing has failed; the file is not to be had now, and is looked at again by the next run. */
  readonly pendingReason: PendingReason | null = null;
}

export class SignInRefused extends SharePointError {
  override readonly name = 'SignInRefused';
  readonly retryable = false;
  readonly tenantId: string;
  readonly clientId: string;
  /** `AADSTS` and digits; null when the answer carried none. */
  readonly code: string | null;

  constructor({ method, tenantId, clientId }: ApplicationSignIn, code: string | null, answer: string) {
    super(
      `Microsoft refused the sign-in of application ${clientId} in tenant ${tenantId}: ` +
        `${answer} ${signInRemedy(method, code)}`,
    );
    this.tenantId = tenantId;
    this.clientId = clientId;
    this.code = code;
  }
}

export class SharePointUnreachable extends SharePointError {
  override readonly name = 'SharePointUnreachable';
  readonly retryable: boolean;
  /** Scheme, host and port alone: the rest of a download's address is a credential. */
  readonly url: string;
  /** Node's, undici's or OpenSSL's code, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(url: string, problem: { code: string; reason: string; remedy: string; retryable: boolean }) {
    super(`Could not reach ${url}: ${problem.reason} (${problem.code}). ${problem.remedy}`);
    this.url = url;
    this.code = problem.code;
    this.retryable = problem.retryable;
  }
}

export class SiteNotFound extends SharePointError {
  override readonly name = 'SiteNotFound';
  readonly retryable = false;
  readonly siteUrl: string;
  readonly requestId: string | null;

  constructor(siteUrl: string, refusal: Refusal) {
    super(
      `There is no SharePoint site at ${siteUrl}: Microsoft Graph answered ${refusalWords(refusal)}. ` +
        'Set scheduler.sharepoint_site_url to the address of the site as the browser shows it, without anything after ' +
        'its name: https://tenant.sharepoint.com/sites/Name.',
    );
    this.siteUrl = siteUrl;
    this.requestId = refusal.requestId;
  }
}

export class LibraryNotFound extends SharePointError {
  override readonly name = 'LibraryNotFound';
  readonly retryable = false;
  readonly library: string;
  /** The libraries of the site, by the names that can be used. */
  readonly candidates: readonly string[];

  constructor(library: string, siteUrl: string, candidates: readonly string[], matches: number) {
    const found = matches === 0 ? 'has no document library' : `has ${matches} document libraries`;
    super(
      `The site ${siteUrl} ${found} named "${library}". It has: ${candidates.map((name) => `"${name}"`).join(', ') || 'none'}. ` +
        'Begin the path of the folder with one of these names, then the folders: /Shared Documents/Reports.',
    );
    this.library = library;
    this.candidates = candidates;
  }
}

export class FolderNotFound extends SharePointError {
  override readonly name = 'FolderNotFound';
  readonly retryable = false;
  readonly folder: string;

  constructor(folder: string, siteUrl: string, found: string) {
    super(
      `There is no folder "${folder}" in the site ${siteUrl}: ${found}. ` +
        'Create the folder, or set scheduler.sharepoint_folder to the path of one that exists, library first.',
    );
    this.folder = folder;
  }
}

export class AccessDenied extends SharePointError {
  override readonly name = 'AccessDenied';
  readonly retryable = false;
  readonly status: number;
  readonly code: string | null;
  readonly requestId: string | null;

  constructor(action: string, refusal: Refusal, role: 'read' | 'write' = 'read') {
    super(
      `SharePoint denied access while ${action}: ${refusalWords(refusal)}. ` +
        (refusal.status === 401
          ? 'It refused the access token, and a fresh one as well. Check that the application has a Microsoft Graph ' +
            'application permission (Sites.Selected) with admin consent, sharepoint.cloud, the clock of this machine, and ' +
            'the Conditional Access policies of the tenant.'
          : 'Give the application the Microsoft Graph application permission Sites.Selected with admin consent, and the site ' +
            `a grant for it with the role "${role}" (POST /sites/{site-id}/permissions, or Grant-PnPAzureADAppSitePermission).`),
    );
    this.status = refusal.status;
    this.code = refusal.code;
    this.requestId = refusal.requestId;
  }
}

/** Used when the service asks for patience without saying how much. */
const defaultRetryAfterSeconds = 30;

export class Throttled extends SharePointError {
  override readonly name = 'Throttled';
  readonly retryable = true;
  readonly status: number;
  readonly retryAfterSeconds: number;
  readonly requestId: string | null;

  constructor(action: string, refusal: Refusal) {
    const seconds = refusal.retryAfterSeconds ?? defaultRetryAfterSeconds;
    super(
      `Microsoft is limiting our requests; it did so while ${action}: ${refusalWords(refusal)}. ` +
        `The request can be repeated after ${seconds} s; if this goes on, run less often or fewer jobs at a time.`,
    );
    this.status = refusal.status;
    this.retryAfterSeconds = seconds;
    this.requestId = refusal.requestId;
  }
}

export class FileGone extends SharePointError {
  override readonly name = 'FileGone';
  readonly retryable = false;
  override readonly pendingReason: PendingReason = 'gone';
  readonly file: string;
  readonly itemId: string;
  readonly requestId: string | null;

  constructor(file: { name: string; itemId: string }, refusal: Refusal) {
    super(
      `The file "${file.name}" (item ${file.itemId}) is no longer in SharePoint: ${refusalWords(refusal)}. ` +
        'It was deleted, moved or checked out since it was listed; if it was not meant to be, restore it there.',
    );
    this.file = file.name;
    this.itemId = file.itemId;
    this.requestId = refusal.requestId;
  }
}

export class ContentMismatch extends SharePointError {
  override readonly name = 'ContentMismatch';
  readonly retryable = true;
  readonly file: string;
  readonly itemId: string;
  /** Both are quickXorHashes. */
  readonly expected: string | null;
  readonly received: string;

  constructor(
    file: { name: string; itemId: string; quickXorHash: string | null },
    received: { bytes: number; quickXorHash: string },
  ) {
    super(
      `What was downloaded of "${file.name}" is not what SharePoint listed: the quickXorHash is ${received.quickXorHash} ` +
        `over ${received.bytes} bytes, and ${file.quickXorHash ?? 'unknown'} in the list. Nothing was kept. It was not ` +
        'changed meanwhile, so the transfer has damaged it: it is fetched again.',
    );
    this.file = file.name;
    this.itemId = file.itemId;
    this.expected = file.quickXorHash;
    this.received = received.quickXorHash;
  }
}

export class UploadMismatch extends SharePointError {
  override readonly name = 'UploadMismatch';
  readonly retryable = true;
  readonly file: string;
  /** Both are quickXorHashes. */
  readonly sent: string;
  readonly stored: string;

  constructor(file: string, sent: string, stored: string) {
    super(
      `What SharePoint has stored of "${file}" is not what was sent: its quickXorHash is ${stored}, and ${sent} was sent. ` +
        'The transfer damaged it, or somebody else wrote the file at the same time: it is sent again.',
    );
    this.file = file;
    this.sent = sent;
    this.stored = stored;
  }
}

export class SharePointFailed extends SharePointError {
  override readonly name = 'SharePointFailed';
  readonly retryable: boolean;
  readonly status: number;
  readonly code: string | null;
  readonly requestId: string | null;

  constructor(action: string, refusal: Refusal) {
    // 200: a body that is cut off or is not what was asked for; 206, 416: another part of the content than was asked for;
    // 401: a download address that has expired.
    const retryable = refusal.status >= 500 || [200, 206, 401, 408, 409, 416, 423].includes(refusal.status);
    super(
      `SharePoint failed while ${action}: ${refusalWords(refusal)}. ` +
        (retryable
          ? 'Try again later; if it lasts, look at the Microsoft 365 service health and quote the request id to support.'
          : 'Repeating the request will not help: check the settings, and quote the request id to Microsoft support.'),
    );
    this.retryable = retryable;
    this.status = refusal.status;
    this.code = refusal.code;
    this.requestId = refusal.requestId;
  }
}
