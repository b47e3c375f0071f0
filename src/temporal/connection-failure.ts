import type { TemporalSettings } from '../settings/settings.ts';
import {
  NamespaceNotFound,
  TemporalAccessRefused,
  TemporalCertificateRefused,
  TemporalServerUntrusted,
  TemporalTlsMismatch,
  TemporalUnavailable,
} from './errors.ts';
import { type Finding, probeTls } from './tls-probe.ts';

/** Status codes of gRPC. */
const [notFound, permissionDenied, unauthenticated] = [5, 7, 16];

/** The Rust client has them in words alone. */
const inWords: readonly (readonly [words: string, code: number])[] = [
  ['The caller does not have permission to execute the specified operation', permissionDenied],
  ['The request does not have valid authentication credentials', unauthenticated],
];

const probeTimeoutMs = 3000;

/** What is to be said of a connection, or of the question for its namespace, that failed. */
export async function connectionFailure(settings: TemporalSettings, error: unknown): Promise<Error> {
  const cause = { cause: error };
  const said = withoutKey(messageOf(error), settings);
  const code = grpcCode(error);
  if (code === notFound) return new NamespaceNotFound(settings, cause);
  // Without its cause, which is in the words of a server that has seen the key.
  if (code === permissionDenied || code === unauthenticated) return new TemporalAccessRefused(settings, said);

  const finding = await probeTls(settings.address, settings.tls, probeTimeoutMs);
  return settings.tls === null
    ? withoutTls(settings, finding, said, cause)
    : withTls(settings, finding, said, cause);
}

/** A handshake all the same, or its refusal, tells that the server wants one. */
function withoutTls(settings: TemporalSettings, finding: Finding, said: string, cause: ErrorOptions): Error {
  if (finding.kind === 'works' || finding.kind === 'refused') return new TemporalTlsMismatch(settings, cause);
  return new TemporalUnavailable(settings, finding.kind === 'unreachable' ? finding.said : said, cause);
}

function withTls(settings: TemporalSettings, finding: Finding, said: string, cause: ErrorOptions): Error {
  if (finding.kind === 'no TLS') return new TemporalTlsMismatch(settings, cause);
  if (finding.kind === 'untrusted') return new TemporalServerUntrusted(settings, finding.said, cause);
  if (finding.kind === 'refused') return new TemporalCertificateRefused(settings, finding.said, cause);
  if (finding.kind === 'unreachable') return new TemporalUnavailable(settings, finding.said, cause);
  // Node trusts authorities of its own list, the Rust client those of the system.
  return said.includes('InvalidCertificate')
    ? new TemporalServerUntrusted(settings, said, cause)
    : new TemporalUnavailable(settings, said, cause);
}

/** Of an error of either client, or of the one that it wraps. */
function grpcCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'number') return error.code;
  const inRust = inWords.find(([words]) => error.message.includes(`code: '${words}'`));
  return inRust?.[1] ?? grpcCode(error.cause);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function withoutKey(said: string, { apiKey }: TemporalSettings): string {
  return apiKey === null ? said : said.replaceAll(apiKey.reveal(), '[secret]');
}
