import type { AppRegistration } from './app-registration.ts';
import type { Copies } from './copies.ts';
import type { Drive } from './drive.ts';
import type { TokenSigner } from './signed-token.ts';
import type { Tenant } from './tenant.ts';
import type { UploadSessions } from './upload-sessions.ts';

/** What every part of the server answers from: one library, and the way to the others. */
export interface World {
  readonly tenant: Tenant;
  readonly app: AppRegistration;
  readonly drive: Drive;
  readonly tokens: TokenSigner;
  readonly uploads: UploadSessions;
  readonly copies: Copies;
  readonly now: () => Date;
  /** Of all sites, this one among them; that of the connection is the first. */
  readonly libraries: readonly World[];
}
