/**
 * The failures that no retry of the same activity can mend; each is the class name of the error behind it and, in a
 * workflow's history, the failure's type. A closed set: adding one is adding to docs/errors.md.
 */
export const permanentFailures = [
  'SignInRefused',
  'CertificateUnusable',
  'FederatedTokenUnusable',
  'ManagedIdentityUnavailable',
  'SiteNotFound',
  'LibraryNotFound',
  'FolderNotFound',
  'AccessDenied',
  'PathNotFound',
  'PathUnreadable',
  'IngestionDirUnusable',
  'ReportDirUnusable',
  'TableIncompatible',
  'DatabaseRefused',
  'SourceNotConfigured',
  'WebhookNotConfigured',
  'EndpointRefused',
  'RunNotFound',
  'RunClosed',
] as const;

/** Failures of the outside that may pass by themselves. While listing they fail the run; while ingesting they are waited out. */
export const passingFailures = [
  'SharePointUnreachable',
  'SharePointFailed',
  'UploadMismatch',
  'Throttled',
  'EndpointUnreachable',
  'EndpointFailed',
  'DatabaseUnavailable',
  'DatabaseLocked',
  'DatasetNotConfigured',
] as const;
