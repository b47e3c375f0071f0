import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { checkClientAssertion } from './client-assertion.ts';
import { GraphError } from './graph-error.ts';
import { graphOrigin } from './origins.ts';
import { invalidClient, SignInError } from './sign-in-error.ts';
import type { Claims } from './signed-token.ts';
import type { World } from './world.ts';

const graphAudience = 'https://graph.microsoft.com';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface TenantRoute {
  Params: { tenant: string };
}

/** What Microsoft Entra answers to an application that signs in by secret, certificate or federated token. */
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
      const form = readForm(request);
      checkRequest(world, form, request);
      const { tokenLifetimeSeconds } = world.app;
      return {
        token_type: 'Bearer',
        expires_in: tokenLifetimeSeconds,
        ext_expires_in: tokenLifetimeSeconds,
        access_token: newAccessToken(world, form.get('claims')),
      };
    }),
  );
}

/** The roles of the access token. Throws a GraphError unless the request carries one of ours that is still good, and has any. */
export function checkAccessToken(world: World, request: FastifyRequest): readonly string[] {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw invalidToken('Access token is empty.');
  const claims = world.tokens.verify(token);
  if (claims === null) throw invalidToken('CompactToken parsing failed with error code: 80049217');
  if (claims['aud'] !== graphAudience)
    throw invalidToken('Access token validation failure. Invalid audience.');
  if (typeof claims['exp'] !== 'number' || claims['exp'] * 1000 <= world.now().getTime()) {
    throw invalidToken('Lifetime validation failed, the token is expired.');
  }
  if (world.app.isRevoked(claims['generation'])) throw revokedToken(world, claims);
  const { roles } = claims;
  if (Array.isArray(roles) && roles.length > 0) return roles as string[];
  throw new GraphError(403, 'accessDenied', 'Either scp or roles claim need to be present in the token.');
}

function invalidToken(message: string, challenge = ''): GraphError {
  const authorize = 'https://login.microsoftonline.com/common/oauth2/authorize';
  const graph = '00000003-0000-0000-c000-000000000000';
  return new GraphError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': `Bearer realm="", authorization_uri="${authorize}", client_id="${graph}"${challenge}`,
  });
}

/** Only to clients that have said that they can answer it, Microsoft sends the claims that it wants to see. */
function revokedToken({ app }: World, claims: Claims): GraphError {
  if (claims['xms_cc'] === undefined) return invalidToken('The token has been revoked.');
  const message =
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp';
  return invalidToken(message, `, error="insufficient_claims", claims="${app.challenge()}"`);
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

function readForm({ body }: FastifyRequest): URLSearchParams {
  return new URLSearchParams(Buffer.isBuffer(body) ? body.toString() : '');
}

function checkRequest(world: World, form: URLSearchParams, request: FastifyRequest): void {
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
  const assertion = form.get('client_assertion');
  if (assertion === null) {
    checkSecret(world, secret);
    return;
  }
  if (form.get('client_assertion_type') !== assertionType) {
    const message = `The request body must contain the parameter 'client_assertion_type' with the value '${assertionType}'.`;
    throw new SignInError(400, 'invalid_request', 900144, message);
  }
  checkClientAssertion(
    world,
    assertion,
    `${graphOrigin(request)}/${world.tenant.tenantId}/oauth2/v2.0/token`,
  );
}

function checkSecret({ tenant }: World, secret: string | null): void {
  if (secret === null) {
    const message =
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw invalidClient(7000216, message);
  }
  if (secret !== tenant.clientSecret) {
    const message = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${tenant.clientId}'.`;
    throw invalidClient(7000215, message);
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

function newAccessToken(world: World, claimsParameter: string | null): string {
  const { tenantId, clientId } = world.tenant;
  const asked = readClaims(claimsParameter);
  const now = Math.floor(world.now().getTime() / 1000);
  return world.tokens.sign({
    aud: graphAudience,
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: now,
    nbf: now,
    exp: now + world.app.tokenLifetimeSeconds,
    appid: clientId,
    appidacr: '1',
    idtyp: 'app',
    roles: world.app.roles,
    tid: tenantId,
    uti: randomUUID(),
    ver: '1.0',
    ...(asked.capable && { xms_cc: ['cp1'] }),
    generation: world.app.generationFor(asked),
  });
}

/** `capable`: the client can answer a claims challenge. `notBefore`: what such a challenge has told it to ask for. */
function readClaims(parameter: string | null): { capable: boolean; notBefore: string | null } {
  const asked = parseClaims(parameter ?? '{}').access_token ?? {};
  return { capable: asked.xms_cc?.values?.includes('cp1') ?? false, notBefore: asked.nbf?.value ?? null };
}

interface ClaimsParameter {
  readonly access_token?: {
    readonly xms_cc?: { readonly values?: readonly string[] };
    readonly nbf?: { readonly value?: string };
  };
}

function parseClaims(text: string): ClaimsParameter {
  try {
    return JSON.parse(text) as ClaimsParameter;
  } catch {
    const message = 'The claims parameter is not valid JSON.';
    throw new SignInError(400, 'invalid_request', 90014, message);
  }
}

function openIdConfiguration(authority: string, world: World): object {
  return {
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    response_types_supported: ['code', 'token'],
    subject_types_supported: ['pairwise'],
    issuer: `https://login.microsoftonline.com/${world.tenant.tenantId}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
  };
}
