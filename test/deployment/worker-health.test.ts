import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { charlie, outerEnvironment } from '../support/charlie.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';

const program = fileURLToPath(new URL('../../bin/charlie.js', import.meta.url));

/** A worker in a process of its own, and the check of its health as a container would run it. */
async function startWorker(pipeline: Pipeline, more: Readonly<Record<string, string>> = {}) {
  const temporary = join(pipeline.dir, 'tmp');
  await mkdir(temporary);
  const env = { ...pipeline.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [program, 'worker'], {
    cwd: pipeline.dir,
    env: { ...outerEnvironment(), ...env, ...more },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  return {
    child,
    exited,
    check: () => charlie(['doctor', '--worker'], { cwd: pipeline.dir, env }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test('the check of a worker passes while it asks for work, and fails when it is stopped or was killed', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  await using worker = await startWorker(pipeline);

  await expect.poll(async () => (await worker.check()).exitCode, { timeout: 60_000 }).toBe(0);
  const alive = await worker.check();
  worker.child.kill('SIGSTOP');
  const stopped = await worker.check();
  worker.child.kill('SIGCONT');
  const again = await worker.check();
  worker.child.kill('SIGKILL');
  await worker.exited;
  const dead = await worker.check();

  expect(alive.stdout).toContain(`asks the queue ${pipeline.settings.temporal.taskQueue} for work`);
  expect(stopped.stdout).toContain('it hangs');
  expect(stopped.exitCode).toBe(7);
  expect(again.exitCode).toBe(0);
  expect(dead.stdout).toContain('None runs here');
  expect(dead.exitCode).toBe(7);
});

test('the check fails for a worker whose main thread hangs, although its client library goes on polling', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const loop = join(pipeline.dir, 'loop.mjs');
  await writeFile(loop, "process.on('SIGUSR2', () => { for (;;); });");
  await using worker = await startWorker(pipeline, { NODE_OPTIONS: `--import=${loop}` });
  await expect.poll(async () => (await worker.check()).exitCode, { timeout: 60_000 }).toBe(0);

  worker.child.kill('SIGUSR2');

  // The signal takes effect at the end of what the thread does just then.
  await expect.poll(async () => (await worker.check()).stdout).toContain('it hangs');
  expect((await worker.check()).exitCode).toBe(7);
});

test('the check fails when Temporal no longer answers the worker', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  await using relay = await Relay.start(pipeline.settings.temporal.address);
  await using worker = await startWorker(pipeline, { CHARLIE_TEMPORAL__ADDRESS: relay.address });
  await expect.poll(async () => (await worker.check()).exitCode, { timeout: 60_000 }).toBe(0);

  relay.cut();
  const cut = await worker.check();

  expect(cut.stdout).toContain('Temporal does not say whether it asks the queue');
  expect(cut.exitCode).toBe(7);
});

/** A way to a server that can be cut. */
class Relay implements AsyncDisposable {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  static async start(target: string): Promise<Relay> {
    const [host = '', port = ''] = target.split(':');
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect({ host, port: Number(port) });
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from);
        from.on('error', () => undefined).pipe(to);
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay(server, sockets);
  }

  private constructor(server: Server, sockets: Set<Socket>) {
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#sockets = sockets;
  }

  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}
