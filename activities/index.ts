import { aggregate } from './aggregate.ts';
import { buildReport } from './build-report.ts';
import { callWebhook } from './call-webhook.ts';
import { checkIngested } from './check-ingested.ts';
import { checkTick } from './check-tick.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { downloadFiles } from './download-files.ts';
import { findDueReports } from './find-due-reports.ts';
import { findMissingData } from './find-missing-data.ts';
import { generateFiles } from './generate-files.ts';
import { ingestFiles } from './ingest-files.ts';
import { listFiles } from './list-files.ts';
import { moveIngested } from './move-ingested.ts';
import { planRetries } from './plan-retries.ts';
import { recordRun } from './record-run.ts';
import { startFollowers } from './start-followers.ts';
import { uploadReport } from './upload-report.ts';

export function createActivities(dependencies: Dependencies): Activities {
  return {
    listFiles: listFiles(dependencies),
    checkTick: checkTick(),
    findMissingData: findMissingData(dependencies),
    checkIngested: checkIngested(dependencies),
    downloadFiles: downloadFiles(dependencies),
    ingestFiles: ingestFiles(dependencies),
    planRetries: planRetries(dependencies),
    aggregate: aggregate(dependencies),
    moveIngested: moveIngested(dependencies),
    recordRun: recordRun(dependencies),
    startFollowers: startFollowers(dependencies),
    findDueReports: findDueReports(dependencies),
    buildReport: buildReport(dependencies),
    uploadReport: uploadReport(dependencies),
    generateFiles: generateFiles(dependencies),
    callWebhook: callWebhook(dependencies),
  };
}
