import { fileURLToPath } from 'node:url';

import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const [address = '', taskQueue = ''] = process.argv.slice(2);

/** Beats as our activities do, for ever at the first attempt. */
async function outliveTheFirstWorker(): Promise<void> {
  const context = Context.current();
  while (context.info.attempt === 1) {
    context.heartbeat();
    await context.sleep('1500 milliseconds');
  }
}

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL('bare-recovery.ts', import.meta.url)),
  activities: { outliveTheFirstWorker },
  maxHeartbeatThrottleInterval: '1500 milliseconds',
});
console.log('Worker started');
process.once('SIGTERM', () => {
  worker.shutdown();
});
await worker.run();
