import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { pid } from 'node:process';

import type { Logger } from 'pino';

import type { RunningWorker } from '../worker.ts';
import { healthSocket } from './health-socket.ts';

/** What a worker says of itself. */
export interface Health {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Tells `charlie doctor --worker` how this worker is, until it has ended. The answer comes from the thread that does the
 * work: the client library goes on polling while that hangs. A worker that cannot listen works all the same.
 */
export async function answerHealth(worker: RunningWorker, logger: Logger): Promise<void> {
  const path = healthSocket(pid);
  const server = createServer((socket) => void answer(worker, socket));
  try {
    // Of a worker that was killed and had the same process id.
    await rm(path, { force: true });
    server.listen(path);
    await once(server, 'listening');
  } catch (error) {
    logger.warn({ stage: 'worker', path, error }, 'Cannot answer `charlie doctor --worker`');
  }
  const close = (): void => void server.close();
  worker.ended.then(close, close);
}

async function answer(worker: RunningWorker, socket: Socket): Promise<void> {
  // Who asked may have given up.
  socket.on('error', () => undefined);
  socket.end(JSON.stringify(await healthOf(worker)));
}

async function healthOf(worker: RunningWorker): Promise<Health> {
  const asks = `asks the queue ${worker.taskQueue} for work`;
  try {
    if (await worker.polls()) return { ok: true, detail: asks };
    return { ok: false, detail: `Temporal says that nobody of this name ${asks}` };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { ok: false, detail: `Temporal does not say whether it ${asks} (${said})` };
  }
}
