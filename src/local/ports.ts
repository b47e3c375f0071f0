import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const loopback = '127.0.0.1';

/** A port of a local server, with what a person needs to know when it cannot be had. */
export interface PortNeed {
  readonly port: number;
  /** As it reads in a sentence: "the Temporal server". */
  readonly who: string;
  /** The command line option that chooses another: "--temporal-port". */
  readonly flag: string;
}

export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  readonly port: number;

  constructor({ port, who, flag }: PortNeed) {
    super(
      `Port ${port} on ${loopback} is used by another program, and ${who} needs it. ` +
        `Stop that program, or choose another port with ${flag}.`,
    );
    this.port = port;
  }
}

export class PortRefused extends Error {
  override readonly name = 'PortRefused';
  readonly port: number;

  constructor({ port, who, flag }: PortNeed, cause: Error) {
    super(
      `The system does not let ${who} listen on port ${port} of ${loopback} (${cause.message}). ` +
        `Choose another port with ${flag}; ports below 1024 are often reserved.`,
      { cause },
    );
    this.port = port;
  }
}

/** @throws {PortTaken} {@link PortRefused} for the first of them that cannot be listened on. */
export async function checkPorts(needs: readonly PortNeed[]): Promise<void> {
  for (const need of needs) {
    try {
      await listenOnce(need.port);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw isTaken(error) ? new PortTaken(need) : new PortRefused(need, error);
    }
  }
}

/**
 * A port that was free a moment ago. Below those that systems give to outgoing connections, of which one would take it before a server that
 * needs seconds to start; above those that browsers and `fetch` refuse, such as 10080.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    try {
      return await listenOnce(randomInt(10_081, 32_000));
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: loopback, exclusive: true }, () => {
      const address = server.address();
      const listened = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => {
        resolve(listened);
      });
    });
  });
}
