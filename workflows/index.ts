export { BuildReportWorkflow } from './build-report.ts';
export { GenerateAndSyncWorkflow } from './generate-and-sync.ts';
export { SyncAndIngestWorkflow } from './sync-and-ingest.ts';
