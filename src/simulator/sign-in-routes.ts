import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { GraphError } from './graph-error.ts';
import { graphOrigin } from './origins.ts';
import type { World } from './world.ts';

const graphAudience = 'https://graph.microsoft.com';
const lifetimeSeconds = 3599;

/** An error of the token endpoint: `number` is that of `AADSTS...`. */
class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly status: number;
  readonly error: string;
  readonly number: number;

  constructor(status: number, error: string, number: number, message: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.number = number;
  }
}

interface TenantRoute {
  Params: { tenant: string };
}

/** What Microsoft Entra answers to an application that signs in with a client secret. */
export function addSignInRoutes(app: FastifyInstance, world: World): void {
  app.get<TenantRoute>('/:tenant/v2.0/.well-known/openid-configuration', (request, reply) =>
    answering(reply, world, () => {
      checkTenant(world, request.params.tenant);
      return openIdConfiguration(`${graphOrigin(request)}/${request.params.tenant}`, world);
    }),
  );
  app.get<TenantRoute>('/:tenant/discovery/v2.0/keys', () => ({ keys: [] }));
  app.post<TenantRoute>('/:tenant/oauth2/v2.0/token', (request, reply) =>
    answering(reply, world, () => {
      checkTenant(world, request.params.tenant);
      checkCredentials(world, request);
      return {
        token_type: 'Bearer',
        expires_in: lifetimeSeconds,
        ext_expires_in: lifetimeSeconds,
        access_token: newAccessToken(world),
      };
    }),
  );
}

/** Throws a GraphError unless the request carries an access token of ours that is still good. */
export function checkAccessToken(world: World, request: FastifyRequest): void {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw invalidToken('Access token is empty.');
  const claims = world.tokens.verify(token);
  if (claims === null) throw invalidToken('CompactToken parsing failed with error code: 80049217');
  if (claims['aud'] !== graphAudience)
    throw invalidToken('Access token validation failure. Invalid audience.');
  if (typeof claims['exp'] !== 'number' || claims['exp'] * 1000 <= world.now().getTime()) {
    throw invalidToken('Lifetime validation failed, the token is expired.');
  }
}

function invalidToken(message: string): GraphError {
  const authorize = 'https://login.microsoftonline.com/common/oauth2/authorize';
  const graph = '00000003-0000-0000-c000-000000000000';
  return new GraphError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': `Bearer realm="", authorization_uri="${authorize}", client_id="${graph}"`,
  });
}

function answering(reply: FastifyReply, world: World, answer: () => object): object {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    reply.code(error.status);
    return signInErrorBody(error, world);
  }
}

function signInErrorBody({ error, number, message }: SignInError, world: World): object {
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const timestamp = world
    .now()
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  return {
    error,
    error_description: `AADSTS${number}: ${message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [number],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
  };
}

function checkTenant(world: World, tenant: string): void {
  if (tenant === world.tenant.tenantId) return;
  const hint = 'Check to make sure you have the correct tenant ID and are signing into the correct cloud.';
  throw new SignInError(400, 'invalid_request', 90002, `Tenant '${tenant}' not found. ${hint}`);
}

function checkCredentials(world: World, request: FastifyRequest): void {
  const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString() : '');
  const { id, secret } = credentials(form, request.headers.authorization);
  if (form.get('grant_type') !== 'client_credentials') {
    throw new SignInError(
      400,
      'unsupported_grant_type',
      70003,
      'The app requested an unsupported grant type.',
    );
  }
  if (id !== world.tenant.clientId) {
    const message = `Application with identifier '${id}' was not found in the directory 'Contoso'.`;
    throw new SignInError(400, 'unauthorized_client', 700016, message);
  }
  const scope = form.get('scope') ?? '';
  if (!/(^|\/)\.default$/.test(scope)) {
    const message = `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.`;
    throw new SignInError(400, 'invalid_scope', 1002012, message);
  }
  if (secret === null) {
    const message =
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw new SignInError(401, 'invalid_client', 7000216, message);
  }
  if (secret !== world.tenant.clientSecret) {
    const message = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${id}'.`;
    throw new SignInError(401, 'invalid_client', 7000215, message);
  }
}

/** From the form (client_secret_post) or the Authorization header (client_secret_basic). */
function credentials(form: URLSearchParams, authorization = ''): { id: string; secret: string | null } {
  const basic = /^Basic (.+)$/i.exec(authorization)?.[1];
  if (basic === undefined) return { id: form.get('client_id') ?? '', secret: form.get('client_secret') };
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
  return { id: decodeForm(id), secret: decodeForm(secret.join(':')) };
}

function decodeForm(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v') ?? '';
}

function newAccessToken(world: World): string {
  const { tenantId, clientId } = world.tenant;
  const now = Math.floor(world.now().getTime() / 1000);
  return world.tokens.sign({
    aud: graphAudience,
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: now,
    nbf: now,
    exp: now + lifetimeSeconds,
    appid: clientId,
    appidacr: '1',
    idtyp: 'app',
    roles: ['Sites.Selected'],
    tid: tenantId,
    uti: randomUUID(),
    ver: '1.0',
  });
}

function openIdConfiguration(authority: string, world: World): object {
  return {
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    response_types_supported: ['code', 'token'],
    subject_types_supported: ['pairwise'],
    issuer: `https://login.microsoftonline.com/${world.tenant.tenantId}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
  };
}
