import { CommandFailed, type ExitCode, exitCodes } from './command-context.ts';

/** By the error's class name: what kind of end that is. An error that is not listed is a defect, and shown with its stack. */
const byName: Readonly<Record<string, ExitCode>> = {
  SettingsInvalid: exitCodes.settings,
  FailpointRefused: exitCodes.settings,
  TemporalTlsMismatch: exitCodes.settings,
  ApiCertificateUnusable: exitCodes.settings,
  SignInRefused: exitCodes.access,
  CertificateUnusable: exitCodes.access,
  FederatedTokenUnusable: exitCodes.access,
  ManagedIdentityUnavailable: exitCodes.access,
  AccessDenied: exitCodes.access,
  TemporalAccessRefused: exitCodes.access,
  TemporalCertificateRefused: exitCodes.access,
  SiteNotFound: exitCodes.notFound,
  LibraryNotFound: exitCodes.notFound,
  FolderNotFound: exitCodes.notFound,
  JobNotFound: exitCodes.notFound,
  NamespaceNotFound: exitCodes.notFound,
  SearchAttributesMissing: exitCodes.conflict,
  JobRefused: exitCodes.settings,
  JobExists: exitCodes.conflict,
  JobChangedMeanwhile: exitCodes.conflict,
  JobNotDeclared: exitCodes.conflict,
  BackfillTooLong: exitCodes.usage,
  PathNotFound: exitCodes.notFound,
  OriginalMissing: exitCodes.notFound,
  FileUnknown: exitCodes.notFound,
  RunUnknown: exitCodes.notFound,
  OriginalChanged: exitCodes.conflict,
  FileStateUnfit: exitCodes.conflict,
  VersionGone: exitCodes.conflict,
  AlreadyRunning: exitCodes.conflict,
  PortTaken: exitCodes.conflict,
  PortRefused: exitCodes.conflict,
  ApiAddressUnusable: exitCodes.conflict,
  MigrationChanged: exitCodes.conflict,
  TableIncompatible: exitCodes.conflict,
  DatabaseRefused: exitCodes.dependency,
  DatabaseUnavailable: exitCodes.dependency,
  DatabaseLocked: exitCodes.dependency,
  TemporalUnavailable: exitCodes.dependency,
  TemporalServerUntrusted: exitCodes.dependency,
  TemporalNotFound: exitCodes.dependency,
  TemporalUnusable: exitCodes.dependency,
  TemporalFileOfOtherVersion: exitCodes.conflict,
  ChecksumMismatch: exitCodes.dependency,
  SharePointUnreachable: exitCodes.dependency,
  SharePointFailed: exitCodes.dependency,
  Throttled: exitCodes.dependency,
  UploadMismatch: exitCodes.dependency,
  EndpointUnreachable: exitCodes.dependency,
  EndpointFailed: exitCodes.dependency,
  EndpointRefused: exitCodes.dependency,
  ServerEndedEarly: exitCodes.dependency,
  ServerNotReady: exitCodes.dependency,
  PostgresBinariesMissing: exitCodes.dependency,
  InitdbFailed: exitCodes.dependency,
  NoUnprivilegedUser: exitCodes.dependency,
  PostgresPasswordLost: exitCodes.conflict,
  PostgresDataOfOtherVersion: exitCodes.conflict,
  PostgresDataElsewhere: exitCodes.conflict,
  PostgresDataUnreachable: exitCodes.conflict,
  IngestionDirUnusable: exitCodes.failed,
  TimeoutFailure: exitCodes.timeout,
  RunTimedOut: exitCodes.timeout,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandFailed) return error.exitCode;
  return (error instanceof Error ? byName[error.name] : undefined) ?? exitCodes.failed;
}

/** Whether nobody has thought of this error: its stack may help to find out. */
export function isDefect(error: Error): boolean {
  return !(error instanceof CommandFailed) && byName[error.name] === undefined;
}
