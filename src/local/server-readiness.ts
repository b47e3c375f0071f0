import { setTimeout as delay } from 'node:timers/promises';

import type { ServerExit, SupervisedProcess } from './supervised-process.ts';

const pollMs = 25;

/** What is left to do with a server that runs. */
export interface LocalServer {
  readonly pid: number;
  /** Fulfilled when it has ended, asked for or not. */
  readonly exited: Promise<ServerExit>;
  /** In order; ends when the server has. */
  stop(): Promise<ServerExit>;
  /** At once, without waiting: for the second Ctrl-C and the way out after a crash. */
  kill(): void;
}

export class ServerEndedEarly extends Error {
  override readonly name = 'ServerEndedEarly';
  readonly exit: ServerExit;

  constructor(who: string, exit: ServerExit) {
    const how = exit.signal === null ? `with exit code ${exit.code ?? 'unknown'}` : `by ${exit.signal}`;
    super(
      `${who} ended ${how} before it was ready. The end of its log (${exit.logFile}):\n${exit.lastLogLines}`,
    );
    this.exit = exit;
  }
}

export class ServerNotReady extends Error {
  override readonly name = 'ServerNotReady';

  constructor(who: string, timeoutMs: number, exit: ServerExit, cause: unknown) {
    super(
      `${who} was started and did not answer within ${timeoutMs / 1000} s; it was stopped. ` +
        `The end of its log (${exit.logFile}):\n${exit.lastLogLines}`,
      { cause },
    );
  }
}

/**
 * Calls `probe` until it does not throw.
 * @throws {ServerEndedEarly} {@link ServerNotReady}; the server is stopped then.
 */
export async function waitUntilReady(
  server: SupervisedProcess,
  who: string,
  timeoutMs: number,
  probe: () => Promise<void>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let exit: ServerExit | undefined;
  void server.exited.then((result) => {
    exit = result;
  });
  for (;;) {
    try {
      await probe();
      break;
    } catch (error) {
      if (exit !== undefined) throw new ServerEndedEarly(who, exit);
      if (performance.now() > deadline) throw new ServerNotReady(who, timeoutMs, await server.stop(), error);
    }
    await Promise.race([delay(pollMs), server.exited]);
  }
  // What answered may have been another server, on a port that was taken.
  if (exit !== undefined) throw new ServerEndedEarly(who, exit);
}

export function asLocalServer(server: SupervisedProcess): LocalServer {
  return {
    pid: server.pid,
    exited: server.exited,
    stop: () => server.stop(),
    kill: () => {
      server.kill();
    },
  };
}
