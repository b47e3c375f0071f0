import { randomUUID } from 'node:crypto';

import helmet from '@fastify/helmet';
import fastify, { type FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';

import { authenticate, authorize, principalOf } from './access.ts';
import type { Api, ApiParts } from './api.ts';
import { audit } from './audit.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { addDocumentation } from './documentation.ts';
import { InTurn } from './in-turn.ts';
import { Problem, sendProblem } from './problem.ts';
import { problemOf } from './problem-of.ts';
import { RequestQuota } from './request-quota.ts';
import { addAuditRoute } from './routes/audit.ts';
import { addBackfillRoute } from './routes/backfill.ts';
import { addConfigRoutes } from './routes/config.ts';
import { addFileRoutes } from './routes/files.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addHistoryRoutes } from './routes/history.ts';
import { addIngestRoute } from './routes/ingest.ts';
import { addJobListRoute } from './routes/job-list.ts';
import { addJobRoutes } from './routes/jobs.ts';
import { addMetricsRoute } from './routes/metrics.ts';
import { addNewJobRoutes } from './routes/new-jobs.ts';
import { addPipelineRoute } from './routes/pipeline.ts';
import { addQuarantineRoutes } from './routes/quarantine.ts';
import { addReportRoute } from './routes/reports.ts';
import { addRunRoutes } from './routes/runs.ts';
import { addSchedulerRoutes } from './routes/scheduler.ts';
import { addTokenRoutes } from './routes/tokens.ts';
import { ServedPaths } from './served-paths.ts';

/** Of a body: an import of a thousand jobs has half of it. */
const bodyLimit = 1024 * 1024;

/** Until the whole of a request has come; one whose client is silent ends by that. */
const requestMs = 60_000;

/** More than so many at once wait for each other in the database anyway. */
const mostAtOnce = 100;

export interface Tls {
  readonly key: string;
  readonly cert: string;
}

/** Everything that the API answers; not listening yet. */
export async function createApi(parts: ApiParts, tls: Tls | null = null): Promise<Api> {
  const app = fastify({
    ...(tls !== null && { https: tls }),
    bodyLimit,
    requestTimeout: requestMs,
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 500 },
    // An empty one ends a connection that is at work after its answer; see serve-api.ts for the rest.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(problemOf(error), request, reply);
    },
    clientErrorHandler: answerBrokenRequest,
  }) as unknown as Api;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients name the type also where they send nothing.
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });

  const paths = new ServedPaths();
  app.addHook('onRoute', ({ url, method, config, path }) => {
    if (config?.access === undefined && !path.startsWith('/docs'))
      throw new Error(`The route ${url} does not say whom it serves.`);
    for (const each of [method].flat()) paths.add(url, each);
  });
  addLogging(app, parts);
  await app.register(helmet, { global: true, contentSecurityPolicy: contentPolicy, hsts: tls !== null });
  addGates(app, parts, paths);
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.kind === 'internal')
      parts.logger.error({ stage: 'api', requestId: request.id, error }, 'Request failed');
    return sendProblem(problem, request, reply);
  });

  const starts = new InTurn();
  await addDocumentation(app);
  addHealthRoutes(app, parts);
  addPipelineRoute(app, parts, starts);
  addRunRoutes(app, parts, starts);
  addSchedulerRoutes(app, parts);
  addJobListRoute(app, parts);
  addJobRoutes(app, parts, starts);
  addNewJobRoutes(app, parts);
  addBackfillRoute(app, parts);
  addHistoryRoutes(app, parts);
  addConfigRoutes(app, parts);
  addMetricsRoute(app, parts);
  addIngestRoute(app, parts, starts);
  addReportRoute(app, parts);
  addFileRoutes(app, parts);
  addQuarantineRoutes(app, parts);
  addTokenRoutes(app, parts);
  addAuditRoute(app, parts);
  return app;
}

/** Nothing that the API answers is a page, but for /docs, which brings a policy of its own. */
const contentPolicy = {
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
};

function addLogging(app: Api, { logger }: ApiParts): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    logger.debug(
      {
        stage: 'api',
        requestId: request.id,
        method: request.method,
        path: pathOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'Request answered',
    );
    done();
  });
}

/** What stands before every route, in this order. */
function addGates(app: Api, parts: ApiParts, paths: ServedPaths): void {
  const { sql, settings } = parts;
  const quota = new RequestQuota(settings.api.requestsPerMinute);
  let underWay = 0;
  const counted = new WeakSet<FastifyRequest>();
  // Not when the answer has been sent: of a client that is gone by then nothing tells.
  app.addHook('onSend', async (request, reply) => {
    if (counted.delete(request)) underWay -= 1;
    await audit(parts, request, reply.statusCode);
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) throw notServed(request, paths);
    const { access = 'public' } = request.routeOptions.config;
    if (access === 'public') return;
    counted.add(request);
    underWay += 1;
    if (underWay > mostAtOnce)
      throw new Problem('overloaded', `More than ${mostAtOnce} requests are under way. Try again.`, {
        headers: { 'retry-after': '1' },
      });
    const refusal = await authenticate(sql, settings.api, request).then(() => null, problemOf);
    const isKnown = refusal === null && principalOf(request).id !== 'anonymous';
    const state = quota.count(isKnown ? principalOf(request).id : request.ip);
    void reply
      .header('ratelimit-policy', `"default";q=${quota.perMinute};w=60`)
      .header('ratelimit', `"default";r=${state.left};t=${state.secondsToReset}`);
    if (state.isExceeded)
      throw new Problem('too_many_requests', `At most ${quota.perMinute} requests a minute are served.`, {
        headers: { 'retry-after': `${state.secondsToReset}` },
      });
    if (refusal !== null) throw refusal;
    authorize(request, access);
    // The rest of its body never comes, and nothing tells the parser, which begins to read only now.
    if (request.raw.destroyed) throw new Problem('bad_request', 'The client has gone.');
  });
}

function notServed(request: FastifyRequest, paths: ServedPaths): Problem {
  const methods = paths.methodsAt(request.url);
  if (methods.length === 0) return new Problem('not_found', 'Nothing is served at this path.');
  const allow = methods.join(', ');
  return new Problem('method_not_allowed', `Here are served: ${allow}.`, { headers: { allow } });
}

/** What the caller calls it, or an id of ours. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}

function pathOf({ url }: FastifyRequest): string {
  return url.replace(/\?.*$/s, '');
}
