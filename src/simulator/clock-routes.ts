import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { Clock } from './clock.ts';
import { readBody } from './control-body.ts';

const tenYears = 10 * 366 * 24 * 60 * 60;

const clockBody = z
  .strictObject({
    now: z.iso.datetime({ offset: true }).optional(),
    advanceSeconds: z.number().min(0).max(tenYears).optional(),
  })
  .refine(({ now, advanceSeconds }) => (now === undefined) !== (advanceSeconds === undefined), {
    error: 'Give either now, such as "2026-11-22T14:00:00Z", or advanceSeconds',
  });

/** `/sim/clock`: what time it is, by which tokens and links expire and hourly files come. */
export function addClockRoutes(app: FastifyInstance, clock: Clock, onMoved: () => void): void {
  app.get('/sim/clock', () => ({ now: clock.now().toISOString() }));
  app.post('/sim/clock', (request) => {
    const { now, advanceSeconds } = readBody(request, clockBody);
    if (now !== undefined) clock.set(new Date(now));
    else clock.advance(advanceSeconds ?? 0);
    onMoved();
    return { now: clock.now().toISOString() };
  });
}
