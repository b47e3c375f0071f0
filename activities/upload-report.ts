import { createHash } from 'node:crypto';

import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { readPublished, rebuildReport, recordUpload } from '../src/database/queries/report-uploads.ts';
import { failpoint } from '../src/failpoints.ts';
import type { Activities } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { SourceNotConfigured } from './errors.ts';
import { guarded } from './guarded.ts';
import { renderReport } from './render-report.ts';

/**
 * By an activity of its own, after the workbook lies in the report folder: whatever SharePoint says, that one is not lost. It
 * is built again from its figures, since the report folder may be another host's.
 */
export function uploadReport(dependencies: Dependencies): Activities['uploadReport'] {
  return guarded('retry', async ({ periodStart, name }, progress, signal) => {
    const { settings, sql, sharepoint } = dependencies;
    progress.current = name;
    const folder = settings.reports.sharepointFolder;
    if (sharepoint === null || folder === null) throw new SourceNotConfigured();
    const published = await withDatabase(() => readPublished(sql, periodStart));
    if (published === null) return { webUrl: null };
    const { generatedAt, sha256 } = published;
    const { workbook } = await renderReport(dependencies, currentOwner(), { periodStart, generatedAt });
    if (createHash('sha256').update(workbook).digest('hex') !== sha256) {
      await withDatabase(() => rebuildReport(sql, periodStart, published));
      return { webUrl: null };
    }
    const target = await sharepoint.makeFolder(folder, signal);
    const upload = { folder: target, name, bytes: workbook, conflict: 'replace' } as const;
    const { webUrl, isAltered } = await sharepoint.upload(upload, signal);
    await failpoint('report-uploaded');
    await withDatabase(() => recordUpload(sql, periodStart, { sha256, webUrl }));
    log.info('Report uploaded', { stage: 'report', file: webUrl, altered: isAltered });
    return { webUrl };
  });
}
