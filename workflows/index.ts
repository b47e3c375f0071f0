export { BuildReportWorkflow } from './build-report.ts';
export { SyncAndIngestWorkflow } from './sync-and-ingest.ts';
