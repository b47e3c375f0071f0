import type { FastifyInstance, FastifyRequest } from 'fastify';

import { downloadUrl } from './download-url.ts';
import type { Generated, GenerateRequest } from './generator/hourly-files.ts';
import { GraphError, invalidRequest } from './graph-error.ts';
import type { Library } from './library.ts';
import { libraryPage } from './library-page.ts';
import type { RequestLog } from './request-log.ts';
import type { World } from './world.ts';

const mostFiles = 100_000;
const mostRows = 1_000_000;

export interface ControlPlaneParts {
  readonly world: World;
  readonly library: Library;
  readonly log: RequestLog;
  /** Null: the library is not filled with generated data. */
  readonly generate: ((request: GenerateRequest) => Promise<Generated>) | null;
}

/** What Microsoft does not have: a page to look at, and `/sim` to steer by. Without sign-in, for this machine only. */
export function addControlPlane(
  app: FastifyInstance,
  { world, library, log, generate }: ControlPlaneParts,
): void {
  app.get('/', async (request, reply) => {
    checkLocal(request);
    const files = library.list().map((file) => {
      const item = world.drive.itemById(file.id);
      return { ...file, url: item?.kind === 'file' ? downloadUrl(world, item, request) : '' };
    });
    const policy = "default-src 'none'; style-src 'unsafe-inline'";
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .send(
        libraryPage(
          `${world.tenant.siteUrl}/${world.tenant.libraryUrlName}/${world.tenant.folderName}`,
          files,
        ),
      );
  });
  app.get('/sim', (request) => {
    checkLocal(request);
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
  app.post('/sim/generate/all', async (request, reply) => {
    checkLocal(request);
    if (generate === null)
      throw new GraphError(409, 'notGenerated', 'This library is not filled with generated data.');
    const made = await generate(readRequest(request.body));
    return reply.code(201).send(made);
  });
}

/** A page of another origin must not steer the simulator through its reader's browser. */
function checkLocal(request: FastifyRequest): void {
  const local = ['localhost', '127.0.0.1'].includes(request.hostname);
  const { origin } = request.headers;
  if (local && (origin === undefined || origin === `https://${request.host}`)) return;
  throw new GraphError(403, 'accessDenied', 'The control plane answers programs on this machine only.');
}

function readRequest(body: unknown): GenerateRequest {
  const text = Buffer.isBuffer(body) ? body.toString() : '';
  const request = text.trim() === '' ? {} : parse(text);
  return { files: count(request, 'files', mostFiles), rows: count(request, 'rows', mostRows) };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw invalidRequest('The body has to be a JSON object, such as {"files": 10, "rows": 100}.');
}

function count(request: Readonly<Record<string, unknown>>, key: string, most: number): number | undefined {
  const value = request[key];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalidRequest(`"${key}" has to be a whole number from 1 to ${most}.`);
}
