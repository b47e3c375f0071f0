import type { Sql } from '../src/database/connection.ts';
import type { Settings } from '../src/settings/settings.ts';
import type { SharePointGateway } from '../src/sharepoint/gateway.ts';

/** What activities work with; made once per worker, in src/worker.ts. */
export interface Dependencies {
  readonly settings: Settings;
  readonly sql: Sql;
  /** Null when no SharePoint is configured. */
  readonly sharepoint: SharePointGateway | null;
  /** The task queue of the workers that share this one's ingestion_dir; null: there are no others. */
  readonly place: string | null;
}
