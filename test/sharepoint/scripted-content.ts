import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { DownloadableFile } from '../../src/sharepoint/content-source.ts';
import type { SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { openServerCertificate } from '../../src/simulator/certificates.ts';
import type { SimulatedSharePoint } from './simulated-sharepoint.ts';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

interface Seen {
  readonly path: string;
  readonly authorized: boolean;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** A file with the listed eTag `"1"`, whose host of contents does as a test says, answer by answer; Graph is at the other name of the same server. */
export class ScriptedContent implements AsyncDisposable {
  /** Since the last call of `script`. */
  seen: Seen[] = [];
  readonly gateway: SharePointGateway;
  readonly #server: Server;
  #answers: Answer[] = [];
  /** What Graph says of the file when it is asked again. */
  item: Record<string, unknown> | null = null;

  static async start(sharepoint: SimulatedSharePoint): Promise<ScriptedContent> {
    const { key, certificate } = await openServerCertificate(join(sharepoint.stateDir, 'tls'), [
      'localhost',
      '127.0.0.1',
    ]);
    const server = createServer({ key, cert: certificate });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScriptedContent(server, sharepoint);
  }

  private constructor(server: Server, sharepoint: SimulatedSharePoint) {
    this.#server = server;
    this.gateway = sharepoint.gateway({ graphUrl: `https://localhost:${this.#port}` });
    server.on('request', (request, response) => {
      this.#answer(request, response);
    });
  }

  /** From now on, in this order. */
  script(...answers: Answer[]): void {
    this.#answers = answers;
    this.seen = [];
    this.item = null;
  }

  /** Cuts the connections of answers that wait for it: what has not been read by then is lost. */
  readonly cutOff = (): void => {
    this.#server.closeAllConnections();
  };

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Another address of the host of the contents. */
  address(path: string): string {
    return `https://127.0.0.1:${this.#port}${path}`;
  }

  file(quickXorHash: string | null): DownloadableFile {
    return { driveId: 'drive', itemId: 'item', name: 'a.csv', quickXorHash, eTag: '"1"' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization, range, 'if-range': ifRange } = request.headers;
    const path = request.url ?? '';
    const seen = { path, range, ifRange: ifRange as string | undefined };
    this.seen.push({ ...seen, authorized: authorization !== undefined });
    if (path.endsWith('/content')) {
      response.writeHead(302, { location: this.address(`/download?tempauth=${this.seen.length}`) }).end();
    } else if (path.startsWith('/v1.0/')) {
      if (this.item === null) response.writeHead(304).end();
      else response.end(JSON.stringify(this.item));
    } else {
      const answer = this.#answers.shift();
      if (answer === undefined) response.writeHead(500).end();
      else answer(response, request);
    }
  }
}

/** So many bytes of the answer, under the length of all of it; then nothing more comes, until the test cuts the connection. */
export function cut(content: string, bytes: number, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(200, { 'content-length': content.length, etag: '"1"', ...headers });
    response.write(content.slice(0, bytes));
  };
}

export function whole(content: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(200, { 'content-length': content.length, etag: '"1"', ...headers }).end(content);
  };
}

export function part(
  content: string,
  from: number,
  headers: Record<string, string> = {},
  to = content.length,
): Answer {
  return (response) => {
    response
      .writeHead(206, {
        'content-range': `bytes ${from}-${to - 1}/${content.length}`,
        'content-length': to - from,
        etag: '"1"',
        ...headers,
      })
      .end(content.slice(from, to));
  };
}
