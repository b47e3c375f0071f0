import { z } from 'zod';

import { type PublishedReport, pageReports } from '../../database/queries/page-reports.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { dateTime, moment } from '../fields.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';

const reportSchema = z
  .object({
    kind: z.string(),
    period_start: dateTime,
    name: z.string(),
    generated_at: dateTime,
    published_at: dateTime,
    sha256: z.string(),
    size_bytes: z.int(),
    path: z.string().meta({ description: 'On the machine whose worker built it.' }),
    remote_url: z.string().nullable().meta({ description: 'In SharePoint.' }),
  })
  .meta({ id: 'Report' });

const positionSchema = z.tuple([moment]);

export function addReportRoute(app: Api, { sql }: ApiParts): void {
  app.get(
    '/pipeline/reports',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listReports',
        tags: ['reports'],
        summary: 'Workbooks that were published, newest period first',
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(reportSchema) }),
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const [before] = readCursor(cursor, positionSchema) ?? [];
      const reports = await pageReports(sql, {
        before: before === undefined ? null : new Date(before),
        limit: limit + 1,
      });
      const position = ({ periodStart }: PublishedReport) => [periodStart.toISOString()];
      return page(reports, limit, { item: reportOf, position }, { request, reply });
    },
  );
}

function reportOf(report: PublishedReport): z.output<typeof reportSchema> {
  return {
    kind: report.kind,
    period_start: report.periodStart.toISOString(),
    name: report.name,
    generated_at: report.generatedAt.toISOString(),
    published_at: report.publishedAt.toISOString(),
    sha256: report.sha256,
    size_bytes: report.sizeBytes,
    path: report.path,
    remote_url: report.remoteUrl,
  };
}
