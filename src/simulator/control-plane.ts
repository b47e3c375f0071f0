import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Clock } from './clock.ts';
import { addClockRoutes } from './clock-routes.ts';
import { addFaultRoutes } from './fault-routes.ts';
import type { Faults } from './faults.ts';
import { addFileRoutes } from './file-routes.ts';
import { addGenerateRoutes } from './generate-routes.ts';
import type { HourlyFiles } from './generator/hourly-files.ts';
import { GraphError } from './graph-error.ts';
import type { Library } from './library.ts';
import { addPageRoutes } from './page-routes.ts';
import type { RequestLog } from './request-log.ts';
import { addRequestRoutes } from './request-routes.ts';
import { addSiteRoutes } from './site-routes.ts';
import type { Throttle } from './throttle.ts';
import { addThrottleRoutes } from './throttle-routes.ts';
import type { World } from './world.ts';

export interface ControlPlaneParts {
  readonly world: World;
  readonly library: Library;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly throttle: Throttle;
  readonly log: RequestLog;
  /** Null: the library is not filled with generated data. */
  readonly hourly: HourlyFiles | null;
}

/** What Microsoft does not have: a page to look at, and `/sim` to steer by. Without sign-in, for this machine only. */
export function addControlPlane(app: FastifyInstance, parts: ControlPlaneParts): void {
  void app.register((plane, _options, done) => {
    plane.addHook('onRequest', (request, _reply, next) => {
      next(localOnly(request));
    });
    addPageRoutes(plane, parts.world);
    addStatus(plane, parts);
    addClockRoutes(plane, parts.clock, () => parts.hourly?.addDue());
    addFaultRoutes(plane, parts.faults);
    addSiteRoutes(plane, parts.world);
    addThrottleRoutes(plane, parts.throttle);
    addRequestRoutes(plane, parts.log);
    addFileRoutes(plane, parts.world);
    addGenerateRoutes(plane, parts.hourly);
    done();
  });
}

/** A page of another origin must not steer the simulator through its reader's browser. */
function localOnly(request: FastifyRequest): GraphError | undefined {
  const local = ['localhost', '127.0.0.1'].includes(request.hostname);
  const { origin } = request.headers;
  if (local && (origin === undefined || origin === `https://${request.host}`)) return undefined;
  return new GraphError(403, 'accessDenied', 'The control plane answers programs on this machine only.');
}

function addStatus(app: FastifyInstance, { world, library, log, hourly }: ControlPlaneParts): void {
  app.get('/sim', () => {
    const { files, bytes } = library.totals;
    return {
      site: world.tenant.siteUrl,
      folder: `/${world.tenant.libraryUrlName}/${world.tenant.folderName}`,
      files,
      bytes,
      generates: hourly !== null,
      requests: log.entries.length,
      now: world.now().toISOString(),
    };
  });
}
