import type { FastifyInstance } from 'fastify';

import { requestKind } from './request-kind.ts';
import type { RequestLog } from './request-log.ts';

const shown = 100;

/** `/sim/requests`: what clients asked for; the control plane's own requests are left out. */
export function addRequestRoutes(app: FastifyInstance, log: RequestLog): void {
  app.get('/sim/requests', () => {
    const others = log.entries.filter(({ method, url }) => requestKind(method, url) !== null);
    return { ...log.counts, latest: others.slice(-shown) };
  });
  app.delete('/sim/requests', (_request, reply) => {
    log.resetCounts();
    return reply.code(204).send();
  });
}
