import type { Drive } from './drive.ts';
import type { TokenSigner } from './signed-token.ts';
import type { Tenant } from './tenant.ts';
import type { UploadSessions } from './upload-sessions.ts';

/** What every part of the server answers from. */
export interface World {
  readonly tenant: Tenant;
  readonly drive: Drive;
  readonly tokens: TokenSigner;
  readonly uploads: UploadSessions;
  readonly now: () => Date;
}
