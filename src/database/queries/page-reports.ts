import type { Sql } from '../connection.ts';

export interface PublishedReport {
  readonly kind: string;
  readonly periodStart: Date;
  readonly name: string;
  readonly generatedAt: Date;
  readonly publishedAt: Date;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Where it lies, on the machine whose worker built it. */
  readonly path: string;
  /** In SharePoint; null: it was not put there. */
  readonly remoteUrl: string | null;
}

/** Workbooks that were published, newest period first; those of periods before this one. */
export async function pageReports(
  sql: Sql,
  { before, limit }: { readonly before: Date | null; readonly limit: number },
): Promise<readonly PublishedReport[]> {
  return sql<PublishedReport[]>`
    select kind, period_start as "periodStart", name, generated_at as "generatedAt", published_at as "publishedAt", sha256,
      size_bytes as "sizeBytes", path, remote_url as "remoteUrl"
    from reports where published_at is not null and (${before}::timestamptz is null or period_start < ${before})
    order by period_start desc limit ${limit}`;
}
