import type { Client } from '@temporalio/client';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';

import type { Sql } from '../database/connection.ts';
import type { Settings } from '../settings/settings.ts';

/** What the routes work with. */
export interface ApiParts {
  readonly settings: Settings;
  readonly sql: Sql;
  readonly client: Client;
  readonly logger: Logger;
}

/** The app, as those who add routes see it. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
