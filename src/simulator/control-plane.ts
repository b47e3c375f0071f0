import type { FastifyInstance, FastifyRequest } from 'fastify';

import { downloadUrl } from './download-url.ts';
import { addFaultRoutes } from './fault-routes.ts';
import type { Faults } from './faults.ts';
import { addGenerateRoutes } from './generate-routes.ts';
import type { Generated, GenerateRequest } from './generator/hourly-files.ts';
import { GraphError } from './graph-error.ts';
import type { Library } from './library.ts';
import { libraryPage } from './library-page.ts';
import type { RequestLog } from './request-log.ts';
import type { World } from './world.ts';

export interface ControlPlaneParts {
  readonly world: World;
  readonly library: Library;
  readonly faults: Faults;
  readonly log: RequestLog;
  /** Null: the library is not filled with generated data. */
  readonly generate: ((request: GenerateRequest) => Promise<Generated>) | null;
}

/** What Microsoft does not have: a page to look at, and `/sim` to steer by. Without sign-in, for this machine only. */
export function addControlPlane(app: FastifyInstance, parts: ControlPlaneParts): void {
  void app.register((plane, _options, done) => {
    plane.addHook('onRequest', (request, _reply, next) => {
      next(localOnly(request));
    });
    addPage(plane, parts);
    addStatus(plane, parts);
    addFaultRoutes(plane, parts.faults);
    addGenerateRoutes(plane, parts.generate);
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

function addPage(app: FastifyInstance, { world, library }: ControlPlaneParts): void {
  app.get('/', (request, reply) => {
    const files = library.list().map((file) => {
      const item = world.drive.itemById(file.id);
      return { ...file, url: item?.kind === 'file' ? downloadUrl(world, item, request) : '' };
    });
    const { siteUrl, libraryUrlName, folderName } = world.tenant;
    const policy = "default-src 'none'; style-src 'unsafe-inline'";
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .send(libraryPage(`${siteUrl}/${libraryUrlName}/${folderName}`, files));
  });
}

function addStatus(app: FastifyInstance, { world, library, log, generate }: ControlPlaneParts): void {
  app.get('/sim', () => {
    const files = library.list();
    return {
      site: world.tenant.siteUrl,
      folder: `/${world.tenant.libraryUrlName}/${world.tenant.folderName}`,
      files: files.length,
      bytes: files.reduce((sum, file) => sum + file.size, 0),
      generates: generate !== null,
      requests: log.entries.length,
      now: world.now().toISOString(),
    };
  });
}
