import type { FastifyInstance } from 'fastify';

import { DetailedGraphError } from './graph-error.ts';
import { resourceUnits } from './request-kind.ts';
import type { Throttle } from './throttle.ts';

/** SharePoint shows how much is left once so much of the limit is used. */
const shownFrom = 0.8;

/** Charges each Graph call to the application's budget, and refuses those that go beyond it. */
export function addThrottle(app: FastifyInstance, throttle: Throttle): void {
  app.addHook('onRequest', (request, reply, done) => {
    const units = resourceUnits(request.method, request.url);
    const charge = throttle.charge(units, request.headers['user-agent'] ?? '');
    if (charge === null) {
      done();
      return;
    }
    const { limit, used, resetSeconds, retryAfterSeconds } = charge;
    if (used >= limit * shownFrom) {
      reply
        .header('ratelimit-limit', String(limit))
        .header('ratelimit-remaining', String(Math.max(0, limit - used)))
        .header('ratelimit-reset', String(resetSeconds));
    }
    if (retryAfterSeconds === null) {
      done();
      return;
    }
    reply.header('retry-after', String(retryAfterSeconds));
    const message = 'The request has been throttled';
    done(new DetailedGraphError(429, 'activityLimitReached', 'throttledRequest', message));
  });
}
