import type { Sql } from '../connection.ts';

export interface UploadDue {
  readonly periodStart: Date;
  readonly name: string;
}

/** Workbooks that were published and are still to be uploaded, newest first. */
export async function findDueUploads(sql: Sql, atMost: number): Promise<UploadDue[]> {
  return sql<UploadDue[]>`
    select period_start as "periodStart", name from reports
    where kind = 'hourly' and upload_due and published_at is not null
    order by period_start desc limit ${atMost}`;
}

export interface PublishedVersion {
  readonly generatedAt: Date;
  readonly sha256: string;
}

/** The workbook that stands in the report folder; null: none does, or it is about to be built anew. */
export async function readPublished(sql: Sql, periodStart: string): Promise<PublishedVersion | null> {
  const [published] = await sql<PublishedVersion[]>`
    select generated_at as "generatedAt", sha256 from reports
    where kind = 'hourly' and period_start = ${periodStart} and published_at >= generated_at and sha256 is not null`;
  return published ?? null;
}

/**
 * The workbook of this hash is in SharePoint. When another one has been published since, that is due: an attempt that was
 * stopped in the middle, and wakes, has put the older one in its place.
 */
export async function recordUpload(
  sql: Sql,
  periodStart: string,
  { sha256, webUrl }: { readonly sha256: string; readonly webUrl: string },
): Promise<void> {
  await sql`
    update reports set uploaded_at = now(), remote_url = ${webUrl}, upload_due = sha256 is distinct from ${sha256}
    where kind = 'hourly' and period_start = ${periodStart}`;
}

/** What was published can no longer be built: its figures have changed, so the workbook is due anew. */
export async function rebuildReport(
  sql: Sql,
  periodStart: string,
  { sha256 }: PublishedVersion,
): Promise<void> {
  await sql`
    update reports set generated_at = 'epoch'
    where kind = 'hourly' and period_start = ${periodStart} and sha256 = ${sha256}`;
}
