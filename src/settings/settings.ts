import type { Dataset } from '../domain/dataset.ts';
import type { CloudName } from './clouds.ts';
import type { Secret } from './secret.ts';
import type { SignInMethod } from './sign-in-method.ts';

/** Everything that can be set, checked and complete. The names follow settings.toml, in camel case. */
export interface Settings {
  readonly scheduler: SchedulerSettings;
  readonly sync: SyncSettings;
  readonly watch: WatchSettings;
  readonly sharepoint: SharePointSettings;
  readonly database: { readonly url: Secret | null };
  readonly temporal: TemporalSettings;
  readonly reports: ReportSettings;
  readonly generate: GenerateSettings;
  /** `dir`: absolute folder of rotated log files; null: standard output alone. */
  readonly logs: { readonly dir: string | null };
  readonly api: ApiSettings;
  readonly datasets: readonly Dataset[];
}

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

export interface SchedulerSettings {
  readonly enabled: boolean;
  readonly logLevel: LogLevel;
  /** Retries of one file after its first attempt. */
  readonly maxRetries: number;
  /** Before the first retry of a file; doubles with each further one. */
  readonly retryDelaySeconds: number;
  /** As in the browser: `https://tenant.sharepoint.com/sites/Name`. Null: no SharePoint source is configured. */
  readonly sharepointSiteUrl: string | null;
  /** Library first, then folders: `/Shared Documents/Reports`. */
  readonly sharepointFolder: string;
  /** Absolute. */
  readonly ingestionDir: string;
  readonly clientId: string | null;
  readonly clientSecret: Secret | null;
  readonly tenantId: string | null;
  /** Null when it was not written and `quadDailyTimes` was: then those times alone. */
  readonly intervalMinutes: number | null;
  /** `HH:MM` in `timezone`. */
  readonly quadDailyTimes: readonly string[];
  /** IANA name; "local" is already resolved. */
  readonly timezone: string;
  readonly allowOverlap: boolean;
  readonly overlapPolicy: 'skip' | 'queue';
  readonly shutdownTimeoutSeconds: number;
  readonly jitterSeconds: number;
}

export interface SyncSettings {
  /** Which files a run looks at, by their modified time up to the run's nominal time. */
  readonly lookback: 'all' | 'cadence' | { readonly minutes: number };
  /** ISO 8601 in UTC: nothing that was modified earlier is looked at. */
  readonly since: string | null;
  readonly recursive: boolean;
  /** How changes in SharePoint are found. */
  readonly detect: 'delta' | 'listing';
  readonly onChanged: 'replace' | 'skip';
  readonly sameContent: 'skip' | 'load';
  readonly listMaxRetries: number;
  readonly runTimeoutMinutes: number;
  readonly catchupMinutes: number;
  /** A file in SharePoint is not taken until it has not been changed for so long. */
  readonly quietSeconds: number;
  /** What becomes of a file in ingestion_dir or in a watched folder once it is ingested. */
  readonly localFiles: 'keep' | 'archive' | 'delete';
  /** What becomes of a file in SharePoint once it is ingested: it goes to `processedFolder`, which is then set. */
  readonly afterIngest: 'none' | 'move';
  /** Library first, then folders. */
  readonly processedFolder: string | null;
}

export interface WatchSettings {
  /** Absolute; besides ingestion_dir. */
  readonly directories: readonly string[];
  /** Whether ingestion_dir is watched. */
  readonly ingestionDir: boolean;
  /** A file is complete when its size and modified time have not changed for so long. */
  readonly quietSeconds: number;
  readonly pollSeconds: number;
}

/** How to sign in, and where Microsoft's services are; the simulator is another pair of addresses. */
interface SharePointSettings {
  /** What `graphUrl` and `authorityUrl` are of, unless they are set themselves. */
  readonly cloud: CloudName;
  /** Null: no SharePoint source is configured. */
  readonly signIn: SignInMethod | null;
  /** PEM file of certificate and private key; absolute. */
  readonly clientCertificateFile: string | null;
  /** Absolute. */
  readonly federatedTokenFile: string | null;
  readonly graphUrl: string;
  readonly authorityUrl: string;
  /** PEM file of a certificate authority to trust besides the system's; absolute. */
  readonly caFile: string | null;
  /** What all workers of the application ask of SharePoint together, at most. */
  readonly resourceUnitsPerMinute: number;
}

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Of temporal.toml. Null: neither that file nor any variable TEMPORAL_* counts. */
  readonly profile: string | null;
  /** The temporal.toml that was read; absolute. */
  readonly configFile: string | null;
  /** Sent over TLS alone. */
  readonly apiKey: Secret | null;
  readonly deployment: string;
  /** Null: workers are not versioned. */
  readonly buildId: string | null;
  /** By the profile. Null: plain text, which an API key excludes. */
  readonly tls: TemporalTls | null;
  /** Sent with each call, by the profile. */
  readonly headers: Readonly<Record<string, Secret>>;
}

/** All null: the system's authorities, the address's own name, no client certificate. Certificates and key are PEM. */
export interface TemporalTls {
  readonly serverName: string | null;
  readonly serverCa: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: Secret | null;
}

interface ReportSettings {
  /** Absolute. */
  readonly dir: string;
  readonly hourly: boolean;
  /** Workbooks are put there too: library first, then folders. Null: nowhere. */
  readonly sharepointFolder: string | null;
}

/** How `charlie api` listens, and whom it lets in. */
export interface ApiSettings {
  /** Name or address to listen at; other than of this machine alone only with `requireToken`. */
  readonly host: string;
  readonly port: number;
  /** False: who brings no token may do everything. */
  readonly requireToken: boolean;
  /** Of one token; of one address where there is none. */
  readonly requestsPerMinute: number;
  /** PEM; absolute. Null: plain HTTP. */
  readonly tlsCertificateFile: string | null;
  readonly tlsKeyFile: string | null;
}

/** How simulators are made to make files. */
export interface GenerateSettings {
  readonly endpoints: readonly string[];
  /** Of each endpoint. Null: as many as it makes by itself. */
  readonly files: number | null;
  /** In each file. Null: as many as it makes by itself. */
  readonly rows: number | null;
  /** Null: there is no schedule. */
  readonly intervalMinutes: number | null;
  /** Of one request: files are there when it is answered. */
  readonly timeoutSeconds: number;
  readonly then: 'sync' | 'webhook' | 'none';
  readonly webhookUrl: Secret | null;
}
