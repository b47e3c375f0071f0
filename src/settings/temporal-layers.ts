import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import type { SectionsValues } from './setting-keys.ts';
import type { TemporalSettings, TemporalTls } from './settings.ts';
import type { TemporalProfile } from './temporal-profile.ts';

const systemTls: TemporalTls = { serverName: null, serverCa: null, clientCertificate: null, clientKey: null };

/** A profile takes the place of the local stack's server whole: nothing of it, an API key least of all, goes there. */
export function overLocalTemporal(profile: TemporalProfile | null, stack: Layer): Layer {
  if (profile === null) return stack;
  return new Map([...[...stack].filter(([key]) => !key.startsWith('temporal.')), ...profile.layer]);
}

/** A key belongs to a server: without an address of its own it would go to whatever listens on this machine. */
export function checkApiKey(byHand: Layer, profile: TemporalProfile | null): Problem[] {
  const key = byHand.get('temporal.api_key');
  if (key === undefined || profile !== null || byHand.has('temporal.address')) return [];
  const message = 'is not set, but temporal.api_key is: a key needs the address that it is for';
  return [
    {
      ...key.origin,
      key: 'temporal.address',
      message,
      accepted: 'host:port, or temporal.profile with a profile that has an address',
      suggestion: null,
    },
  ];
}

export function temporalSettings(
  values: SectionsValues['temporal'],
  profile: TemporalProfile | null,
): TemporalSettings {
  const tls = profile?.tls ?? (values.apiKey === null ? null : systemTls);
  return { ...values, tls, headers: profile?.headers ?? {} };
}
