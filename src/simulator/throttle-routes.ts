import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { readBody } from './control-body.ts';
import type { Throttle } from './throttle.ts';

const limit = z.int().min(1).nullable();

const throttleBody = z.strictObject({
  unitsPerMinute: limit,
  undecoratedUnitsPerMinute: limit.optional(),
});

/** `/sim/throttle`: the limit of resource units a minute, which there is none of at first. */
export function addThrottleRoutes(app: FastifyInstance, throttle: Throttle): void {
  app.get('/sim/throttle', () => shown(throttle));
  app.put('/sim/throttle', (request) => {
    const { unitsPerMinute, undecoratedUnitsPerMinute = null } = readBody(request, throttleBody);
    throttle.limit = unitsPerMinute;
    throttle.undecoratedLimit = undecoratedUnitsPerMinute;
    throttle.reset();
    return shown(throttle);
  });
}

function shown({ limit: unitsPerMinute, undecoratedLimit, used }: Throttle): object {
  return { unitsPerMinute, undecoratedUnitsPerMinute: undecoratedLimit, used };
}
