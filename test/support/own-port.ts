import { checkPorts, PortTaken } from '../../src/local/ports.ts';

/** Below those of `freePort` and of outgoing connections; among these are none that `fetch` refuses, as it does 2049 and 6697. */
const first = 6700;
const perWorker = 700;
let taken = 0;

/** A port that no other test is given, so that a server may leave it for minutes and come back to it. */
export async function ownPort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 1) - 1;
  for (;;) {
    const port = first + worker * perWorker + (taken++ % perWorker);
    try {
      await checkPorts([{ port, who: 'a test', flag: 'none' }]);
      return port;
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
    }
  }
}
