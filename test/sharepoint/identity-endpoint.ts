import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { SignIn } from '../../src/sharepoint/sign-in.ts';
import type { SimulatedSharePoint } from './simulated-sharepoint.ts';

export interface IdentityRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

/**
 * What Azure runs beside a program to give it tokens of its managed identity. One for a test file: MSAL asks where it
 * has asked first, and keeps tokens by client id, for the whole process.
 */
export class IdentityEndpoint implements AsyncDisposable {
  readonly requests: IdentityRequest[] = [];
  /** Status and JSON body of the next answers. */
  answer: readonly [number, object] = [500, {}];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
      const { headers } = request;
      this.requests.push({ path: pathname, query: Object.fromEntries(searchParams), headers });
      const [status, body] = this.answer;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  static async start(): Promise<IdentityEndpoint> {
    const endpoint = new IdentityEndpoint();
    await new Promise<void>((resolve) => endpoint.#server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Gives out what the simulator takes. */
  async giveTokens(sharepoint: SimulatedSharePoint): Promise<void> {
    const { tenantId, clientId, clientSecret } = sharepoint.simulator.connection;
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const { access_token } = (await sharepoint.post(
      `/${tenantId}/oauth2/v2.0/token`,
      new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }),
    )) as { access_token: string };
    const expires_on = String(Math.floor(Date.now() / 1000) + 86_400);
    // MSAL keeps a token under what the answer says that it is for.
    const resource = sharepoint.connection.graphUrl;
    this.answer = [200, { access_token, expires_on, resource, token_type: 'Bearer' }];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function managedIdentity(clientId: string | null): SignIn {
  return { method: 'managed_identity', clientId };
}
