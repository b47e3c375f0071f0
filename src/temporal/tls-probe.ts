import { isIP } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';

import type { TemporalTls } from '../settings/settings.ts';

/** What a connection comes to; `said` is in the words of OpenSSL or the system. */
export type Finding =
  | { readonly kind: 'works' }
  | { readonly kind: 'no TLS' }
  | { readonly kind: 'unreachable' | 'untrusted' | 'refused'; readonly said: string };

type Stage = 'connecting' | 'shaking hands' | 'established';

/** Preface of a client and empty SETTINGS: whatever speaks HTTP/2 answers. */
const http2Hello = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

/**
 * Finds out why a connection does not come about: gRPC for Node tries again until its deadline, and keeps the reason to
 * itself. `tls` null asks only whether the server speaks TLS.
 */
export function probeTls(address: string, tls: TemporalTls | null, timeoutMs: number): Promise<Finding> {
  return new Promise((resolve) => {
    let stage: Stage = 'connecting';
    const socket = connect(tlsOptions(address, tls));
    const end = (finding: Finding): void => {
      resolve(finding);
      socket.destroy();
    };
    socket.once('connect', () => {
      stage = 'shaking hands';
    });
    // In TLS 1.3 a server refuses a client certificate after the handshake: only its answer tells that it is let in.
    socket.once('secureConnect', () => {
      stage = 'established';
      socket.write(http2Hello);
    });
    socket.once('data', () => {
      end({ kind: 'works' });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(findingOf(stage, error));
    });
    socket.once('close', () => {
      end(findingOf(stage, null));
    });
    socket.setTimeout(timeoutMs, () => {
      end({ kind: 'unreachable', said: 'no answer in time' });
    });
  });
}

function tlsOptions(address: string, tls: TemporalTls | null): ConnectionOptions {
  const [, host = '', port = ''] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(address) ?? [];
  const name = tls?.serverName ?? host;
  return {
    host,
    port: Number(port),
    ALPNProtocols: ['h2'],
    rejectUnauthorized: tls !== null,
    ...(isIP(name) === 0 && { servername: name }),
    ...(tls?.serverCa != null && { ca: tls.serverCa }),
    ...(tls?.clientCertificate != null && { cert: tls.clientCertificate }),
    ...(tls?.clientKey != null && { key: tls.clientKey.reveal() }),
  };
}

function findingOf(stage: Stage, error: NodeJS.ErrnoException | null): Finding {
  const said = error === null ? 'the connection was closed' : inWords(error);
  if (stage === 'connecting') return { kind: 'unreachable', said };
  if (stage === 'established') return { kind: 'refused', said };
  const code = error?.code ?? '';
  if (/^ERR_SSL_.*ALERT/.test(code)) return { kind: 'refused', said };
  // What is no TLS record is read as one of an impossible version or length, or makes the server hang up.
  if (/^(?:ERR_SSL_|EPROTO$|ECONNRESET$|$)/.test(code)) return { kind: 'no TLS' };
  return { kind: 'untrusted', said };
}

function inWords(error: NodeJS.ErrnoException & { readonly reason?: string }): string {
  return error.reason ?? (error.message === '' ? (error.code ?? error.name) : error.message);
}
