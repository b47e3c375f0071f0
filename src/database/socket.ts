import { once } from 'node:events';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export const connectTimeoutMs = 10_000;

/** As the driver has parsed it from the URL. */
interface ServerAddress {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket; false: there is none. */
  readonly path: string | false;
}

/**
 * A socket for the driver (3.4.9), connected: one that is refused after the driver has begun to write leaves it with a write that
 * it believes to be under way and never makes.
 */
export async function openSocket({ host, port, path }: ServerAddress): Promise<Duplex> {
  // By default a small write waits until the one before it is acknowledged, and servers delay that by 40 ms when they have
  // nothing to say: twice for every COPY.
  const socket = new ServerSocket().setNoDelay();
  if (typeof path === 'string') socket.connect(path);
  else socket.connect(port[0] ?? 5432, host[0] ?? 'localhost');
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) });
  } catch (error) {
    socket.destroy();
    const isLate = error instanceof Error && error.name === 'AbortError';
    return refusing(isLate ? Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }) : error);
  }
  // The driver takes the name that a certificate must bear from the socket.
  return Object.assign(socket, { host: host[0] });
}

/**
 * Tells of an error only when it closes. In between the driver would take statements for this connection, and forget them: whoever
 * waits for them would wait for ever.
 */
class ServerSocket extends Socket {
  #failure: unknown[] | null = null;

  override emit(event: string | symbol, ...parameters: unknown[]): boolean {
    if (event === 'error') {
      this.#failure = parameters;
      return true;
    }
    if (event === 'close' && this.#failure !== null) super.emit('error', ...this.#failure);
    return super.emit(event, ...parameters);
  }
}

/** A connection that fails when it is used: the driver knows what to do about that, and not about having got none. */
function refusing(error: unknown): Duplex {
  return new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, written) => {
      written(error as Error);
    },
  });
}
