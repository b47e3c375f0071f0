import type { TemporalSettings } from '../settings/settings.ts';

/** `temporal.example.com:7233 (profile "production" of /etc/temporal.toml)` */
export function describeServer({ address, profile, configFile }: TemporalSettings): string {
  if (profile === null) return address;
  return `${address} (profile "${profile}"${configFile === null ? '' : ` of ${configFile}`})`;
}
