import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A server over HTTP that gives the answers in their order, the last one for ever, and remembers what it was sent. */
export async function testEndpoint(
  ...answers: readonly [Answer, ...Answer[]]
): Promise<AsyncDisposable & { readonly url: string; readonly received: unknown[] }> {
  const received: unknown[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += data.toString();
    });
    request.on('end', () => {
      const answer = answers[Math.min(received.length, answers.length - 1)]!;
      received.push(JSON.parse(body));
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/generate`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
