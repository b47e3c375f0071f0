import {
  hostAndPort,
  hostName,
  httpsUrl,
  postgresUrl,
  remoteFolder,
  remoteFolderOrAddress,
  siteUrl,
  webhookUrl,
  webUrl,
} from './address-rules.ts';
import { cloudNames } from './clouds.ts';
import type { Rule } from './rules.ts';
import { boolean, choice, integer, list, path, secret, text } from './rules.ts';
import { signInMethods } from './sign-in-method.ts';
import { bearerToken, buildId, deploymentName } from './temporal-rules.ts';
import { dailyTimes, instant, lookback, zone } from './time-rules.ts';

export interface SettingKey<T> {
  readonly rule: Rule<T>;
  /** As settings.toml would hold it; null: not set. */
  readonly default: unknown;
}

/** Every key outside of `[datasets.*]`. docs/configuration.md says what each means. */
export const settingKeys = {
  scheduler: {
    enabled: key(boolean, true),
    log_level: key(choice('DEBUG', 'INFO', 'WARN', 'ERROR'), 'INFO'),
    max_retries: key(integer(0, 9), 3),
    retry_delay_seconds: key(integer(0, 86_400), 60),
    sharepoint_site_url: optional(siteUrl),
    sharepoint_folder: key(remoteFolderOrAddress, '/Shared Documents/Reports'),
    ingestion_dir: key(path, 'data/incoming'),
    client_id: optional(text),
    client_secret: optional(secret(text)),
    tenant_id: optional(text),
    interval_minutes: key(nullable(integer(1, 10_080)), 60),
    quad_daily_times: key(dailyTimes, []),
    timezone: key(zone, 'local'),
    allow_overlap: key(boolean, false),
    overlap_policy: key(choice('skip', 'queue'), 'skip'),
    shutdown_timeout_seconds: key(integer(0, 86_400), 30),
    jitter_seconds: key(integer(0, 86_400), 0),
  },
  sync: {
    lookback: key(lookback, 'all'),
    since: optional(instant),
    recursive: key(boolean, true),
    detect: key(choice('delta', 'listing'), 'delta'),
    on_changed: key(choice('replace', 'skip'), 'replace'),
    same_content: key(choice('skip', 'load'), 'skip'),
    list_max_retries: key(integer(0, 100), 0),
    run_timeout_minutes: key(integer(1, 10_080), 120),
    catchup_minutes: key(integer(1, 525_600), 60),
    quiet_seconds: key(integer(0, 3600), 10),
    local_files: key(choice('keep', 'archive', 'delete'), 'keep'),
    after_ingest: key(choice('none', 'move'), 'none'),
    processed_folder: optional(remoteFolder),
  },
  watch: {
    directories: key(list(path, 'a list of paths'), []),
    ingestion_dir: key(boolean, true),
    quiet_seconds: key(integer(1, 3600), 5),
    poll_seconds: key(integer(1, 3600), 10),
  },
  sharepoint: {
    cloud: key(choice(...cloudNames), 'global'),
    sign_in: optional(choice(...signInMethods)),
    client_certificate_file: optional(path),
    federated_token_file: optional(path),
    graph_url: optional(httpsUrl),
    authority_url: optional(httpsUrl),
    ca_file: optional(path),
    resource_units_per_minute: key(integer(10, 100_000), 800),
  },
  database: {
    url: optional(secret(postgresUrl)),
  },
  temporal: {
    address: key(hostAndPort, 'localhost:7233'),
    namespace: key(text, 'default'),
    task_queue: key(text, 'charlie'),
    profile: optional(text),
    config_file: optional(path),
    api_key: optional(secret(bearerToken)),
    deployment: key(deploymentName, 'charlie'),
    build_id: optional(buildId),
  },
  reports: {
    dir: key(path, 'reports'),
    hourly: key(boolean, true),
    sharepoint_folder: optional(remoteFolder),
  },
  generate: {
    endpoints: key(list(webUrl, 'a list of http:// or https:// addresses'), []),
    files: optional(integer(1, 100_000)),
    rows: optional(integer(1, 1_000_000)),
    interval_minutes: optional(integer(1, 10_080)),
    timeout_seconds: key(integer(1, 86_400), 600),
    then: key(choice('sync', 'webhook', 'none'), 'sync'),
    webhook_url: optional(secret(webhookUrl)),
  },
  logs: {
    dir: optional(path),
  },
  api: {
    host: key(hostName, '127.0.0.1'),
    port: key(integer(1, 65_535), 8000),
    require_token: key(boolean, false),
    requests_per_minute: key(integer(1, 1_000_000), 600),
    tls_certificate_file: optional(path),
    tls_key_file: optional(path),
  },
};

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

type SectionValues<Section> = {
  readonly [K in keyof Section & string as CamelCase<K>]: Section[K] extends SettingKey<infer T> ? T : never;
};

/** The values of all sections, by the names that the code uses. */
export type SectionsValues = {
  readonly [S in keyof typeof settingKeys]: SectionValues<(typeof settingKeys)[S]>;
};

export interface NamedKey extends SettingKey<unknown> {
  readonly section: string;
  readonly name: string;
  /** `scheduler.interval_minutes` */
  readonly dotted: string;
  /** `CHARLIE_SCHEDULER__INTERVAL_MINUTES` */
  readonly variable: string;
}

/** The same keys as a list, in their order. */
export const allKeys: readonly NamedKey[] = Object.entries(settingKeys).flatMap(([section, keys]) =>
  Object.entries<SettingKey<unknown>>(keys).map(([name, each]) => ({
    ...each,
    section,
    name,
    dotted: `${section}.${name}`,
    variable: `CHARLIE_${section}__${name}`.toUpperCase(),
  })),
);

export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function key<T>(rule: Rule<T>, fallback: unknown): SettingKey<T> {
  return { rule, default: fallback };
}

export function optional<T>(rule: Rule<T>): SettingKey<T | null> {
  return { rule, default: null };
}

function nullable<T>(rule: Rule<T>): Rule<T | null> {
  return rule;
}
