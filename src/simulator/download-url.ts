import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

import { faultOf } from './fault-of-request.ts';
import type { DriveFile } from './item.ts';
import { contentOrigin } from './origins.ts';
import type { World } from './world.ts';

const lifetimeSeconds = 3600;

/** An address that gives a file's content to whoever knows it, for an hour; another one each time. */
export function downloadUrl(world: World, file: DriveFile, request: FastifyRequest): string {
  const lifetime = faultOf(request)?.expiredLinks === true ? 0 : lifetimeSeconds;
  const expires = Math.floor(world.now().getTime() / 1000) + lifetime;
  const pass = world.tokens.sign({ aud: 'download', sub: file.guid, exp: expires, jti: randomUUID() });
  const query = `UniqueId=${file.guid}&Translate=false&tempauth=v1.${pass}&ApiVersion=2.0`;
  return `${contentOrigin(request)}/${world.tenant.sitePath}/_layouts/15/download.aspx?${query}`;
}

/** Whether `tempauth` of a download address opens the file with this unique id now. */
export function opens(world: World, tempauth: string, guid: string): boolean {
  const claims = world.tokens.verify(tempauth.replace(/^v1\./, ''));
  if (claims?.['aud'] !== 'download' || claims['sub'] !== guid) return false;
  return typeof claims['exp'] === 'number' && claims['exp'] * 1000 > world.now().getTime();
}
