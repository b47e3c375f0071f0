import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { addBatchRoute } from './batch-route.ts';
import type { ServerCertificate } from './certificates.ts';
import { addContentRoute } from './content-route.ts';
import { addMonitorRoutes } from './copy-item.ts';
import { addFaults } from './fault-hooks.ts';
import type { Faults } from './faults.ts';
import { GraphError, graphErrorBody } from './graph-error.ts';
import { addGraphRoutes } from './graph-routes.ts';
import type { RequestLog } from './request-log.ts';
import { addSignInRoutes } from './sign-in-routes.ts';
import type { Throttle } from './throttle.ts';
import { addThrottle } from './throttle-hook.ts';
import { addUploadRoutes } from './upload-session-routes.ts';
import type { World } from './world.ts';

/** The largest upload that Graph takes in one request. */
const bodyLimit = 250 * 1024 * 1024;

/** SharePoint itself answers to the same calls as Graph, there; rclone's `tenant_url` leads to it. */
const sharePointsOwn = /^\/_api\/v2\.0\//;

const serverInfo = JSON.stringify({
  ServerInfo: {
    DataCenter: 'West Europe',
    Slice: 'E',
    Ring: '4',
    ScaleUnit: '003',
    RoleInstance: 'AM1PEPF00000000',
  },
});

export interface ServerParts {
  readonly certificate: ServerCertificate;
  readonly world: World;
  readonly faults: Faults;
  readonly throttle: Throttle;
  readonly log: RequestLog;
}

/** Everything that Microsoft's side answers; not listening yet, and open for more routes. */
export function createServer({ certificate, world, faults, throttle, log }: ServerParts): FastifyInstance {
  const app = fastify({
    https: { key: certificate.key, cert: certificate.certificate },
    bodyLimit,
    frameworkErrors: sendError,
    routerOptions: { maxParamLength: 4096 },
    rewriteUrl: ({ url = '' }) => url.replace(sharePointsOwn, '/v1.0/'),
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  const answers = new WeakMap<FastifyRequest, (status: number) => void>();
  app.addHook('onRequest', (request, reply, done) => {
    const answered = log.add({
      method: request.method,
      url: request.raw.url ?? '',
      authorized: request.headers.authorization !== undefined,
      userAgent: request.headers['user-agent'] ?? '',
    });
    answers.set(request, answered);
    addCommonHeaders(request, reply);
    done();
  });
  // Before the client can see the answer, so that who has it finds it in the log.
  app.addHook('onSend', (request, reply, payload, done) => {
    answers.get(request)?.(reply.statusCode);
    done(null, payload);
  });
  addThrottle(app, throttle);
  addFaults(app, faults);
  closeConnectionsWith(app);
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request) => {
    throw new GraphError(404, 'itemNotFound', `Nothing is served at ${request.method} ${request.url}.`);
  });
  addSignInRoutes(app, world);
  addGraphRoutes(app, world);
  addBatchRoute(app, world);
  addContentRoute(app, world);
  addUploadRoutes(app, world);
  addMonitorRoutes(app, world);
  return app;
}

/** Also those that never came to a request, which Node and fastify wait for. */
function closeConnectionsWith(app: FastifyInstance): void {
  const open = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('preClose', (done) => {
    for (const socket of open) socket.destroy();
    done();
  });
}

/** Without Strict-Transport-Security: a browser would apply it to every port of `localhost`. */
function addCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const requestId = randomUUID();
  reply
    .header('request-id', requestId)
    .header('client-request-id', request.headers['client-request-id'] ?? requestId)
    .header('x-ms-ags-diagnostic', serverInfo)
    .header('odata-version', '4.0')
    .header('cache-control', 'no-store');
}

function sendError(error: FastifyError | GraphError, request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof GraphError ? error : fromFramework(error);
  reply
    .code(known.status)
    .headers(known.headers)
    .type('application/json')
    .send(graphErrorBody(request, reply, known));
}

function fromFramework(error: FastifyError): GraphError {
  const status = error.statusCode ?? 500;
  return new GraphError(status, status < 500 ? 'invalidRequest' : 'generalException', error.message);
}
