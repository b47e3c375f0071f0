import type { AppRegistration } from './app-registration.ts';
import type { Drive } from './drive.ts';
import type { TokenSigner } from './signed-token.ts';
import type { Tenant } from './tenant.ts';

/** What every part of the server answers from. */
export interface World {
  readonly tenant: Tenant;
  readonly app: AppRegistration;
  readonly drive: Drive;
  readonly tokens: TokenSigner;
  readonly now: () => Date;
}
