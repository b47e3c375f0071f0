import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import type { Health } from './answer-health.ts';
import { healthSocket, workersHere } from './health-socket.ts';

/** Longer than a worker waits for Temporal's answer. */
const answerWithinMs = 5000;

export interface WorkerHealth extends Health {
  readonly pid: number;
}

/** How the workers of this machine, or of this container, are. One that was killed is not among them. */
export async function askWorkers(): Promise<WorkerHealth[]> {
  const asked = await Promise.all(workersHere().map(ask));
  return asked.filter((health) => health !== null);
}

async function ask(pid: number): Promise<WorkerHealth | null> {
  const socket = connect(healthSocket(pid));
  const silence = setTimeout(() => socket.destroy(new Error('silence')), answerWithinMs);
  try {
    return { pid, ...(JSON.parse(await text(socket)) as Health) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return null;
    return { pid, ok: false, detail: `gives no answer within ${answerWithinMs / 1000} s: it hangs` };
  } finally {
    clearTimeout(silence);
    socket.destroy();
  }
}
