import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

import { followChanges } from '../../activities/follow-changes.ts';
import { connect, type Sql } from '../../src/database/connection.ts';
import { registerSource } from '../../src/database/queries/register-source.ts';
import { Secret } from '../../src/settings/secret.ts';
import type { FolderRef, SharePointGateway } from '../../src/sharepoint/gateway.ts';
import type { Library } from '../../src/simulator/library.ts';
import { filesOf, SimulatedSharePoint } from '../sharepoint/simulated-sharepoint.ts';
import { createMigratedDatabase } from '../support/with-database.ts';

const quiet = new DefaultLogger('ERROR');

type Listing = Awaited<ReturnType<typeof followChanges>>;

export interface FollowOptions {
  readonly recursive?: boolean;
  /** ISO 8601. */
  readonly nominalTime?: string;
}

/** A simulated SharePoint and an inventory that follows it, without Temporal. */
export class FollowedFolder implements AsyncDisposable {
  readonly sharepoint: SimulatedSharePoint;
  readonly sql: Sql;
  readonly gateway: SharePointGateway;
  folder: FolderRef;
  readonly #drop: () => Promise<void>;

  static async start(): Promise<FollowedFolder> {
    const [sharepoint, database] = await Promise.all([SimulatedSharePoint.start(), createMigratedDatabase()]);
    const sql = connect(new Secret(database.url), 8);
    const gateway = sharepoint.gateway();
    const folder = await gateway.resolveFolder();
    return new FollowedFolder({ sharepoint, sql, gateway, folder, drop: () => database.drop() });
  }

  private constructor(
    parts: Pick<FollowedFolder, 'sharepoint' | 'sql' | 'gateway' | 'folder'> & { drop: () => Promise<void> },
  ) {
    this.sharepoint = parts.sharepoint;
    this.sql = parts.sql;
    this.gateway = parts.gateway;
    this.folder = parts.folder;
    this.#drop = parts.drop;
  }

  get library(): Library {
    return this.sharepoint.simulator.library;
  }

  async follow(options: FollowOptions = {}): Promise<Listing> {
    const { recursive = true, nominalTime = '2026-11-22T12:00:00Z' } = options;
    const { sourceId } = await this.register();
    const environment = new MockActivityEnvironment({}, { logger: quiet });
    const progress = { done: 0, of: 0, current: '', bytes: null };
    return environment.run(() =>
      followChanges(
        this.sql,
        this.gateway,
        { folder: this.folder, sourceId },
        { exceptId: null, recursive, nominalTime, signal: Context.current().cancellationSignal, progress },
      ),
    );
  }

  register(): Promise<{ readonly sourceId: number; readonly at: string }> {
    const { driveId, itemId, webUrl } = this.folder;
    return registerSource(this.sql, 'sharepoint', `${driveId}/${itemId}`, webUrl);
  }

  /** What was asked of Graph meanwhile, without what names the drive. */
  async requestsOf(work: () => Promise<unknown>): Promise<string[]> {
    const before = this.sharepoint.simulator.requests.length;
    await work();
    return this.sharepoint.simulator.requests
      .slice(before)
      .map(({ url, status }) => `${status} ${/(root|items\/[^/]+)\/\w+/.exec(url)?.[0] ?? url}`);
  }

  /** What the inventory says is there. */
  async inventory(): Promise<object[]> {
    const { sourceId } = await this.register();
    return this.sql`
      select item_id as "itemId", drive_id as "driveId", parent_id as "parentId", name, path, size_bytes as size, etag as "eTag",
        content_hash as "quickXorHash", to_char(modified_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "modifiedAt", malware
      from charlie.drive_items where source_id = ${sourceId} and deleted_at is null order by item_id collate "C"`;
  }

  /** What a listing says is there. */
  async listing(recursive = true): Promise<object[]> {
    const files = await filesOf(this.gateway.listFiles(this.folder, { recursive }));
    return files.toSorted((a, b) => (a.itemId < b.itemId ? -1 : 1));
  }

  async paths(): Promise<string[]> {
    const rows = await this.sql<{ path: string }[]>`
      select path from charlie.drive_items where deleted_at is null order by path collate "C"`;
    return rows.map(({ path }) => path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.#drop();
    await this.sharepoint[Symbol.asyncDispose]();
  }
}
