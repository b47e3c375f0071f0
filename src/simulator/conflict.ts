import type { FastifyRequest } from 'fastify';

import type { Drive } from './drive.ts';
import { invalidRequest, nameAlreadyExists } from './graph-error.ts';
import type { DriveFolder, DriveItem } from './item.ts';

/** What is to happen when a name is taken. */
export type ConflictBehavior = 'fail' | 'replace' | 'rename';

const key = '@microsoft.graph.conflictBehavior';

/** As the address or the body's `facets` say it; else `byDefault`, which differs from request to request. */
export function conflictBehavior(
  request: FastifyRequest,
  facets: Readonly<Record<string, unknown>>,
  byDefault: ConflictBehavior,
): ConflictBehavior {
  const behavior = (request.query as Record<string, unknown>)[key] ?? facets[key] ?? byDefault;
  if (behavior === 'fail' || behavior === 'replace' || behavior === 'rename') return behavior;
  throw invalidRequest(`Invalid value for ${key}.`);
}

/** Where something called `name` goes in `folder`: over `existing`, or where nothing is. Throws when that is not to be. */
export function placeIn(
  drive: Drive,
  folder: DriveFolder,
  name: string,
  behavior: ConflictBehavior,
): { readonly name: string; readonly existing: DriveItem | null } {
  const existing = drive.itemBelow(folder, [name]);
  if (existing === null || behavior === 'replace') return { name, existing };
  if (behavior === 'fail') throw nameAlreadyExists();
  for (let number = 1; ; number += 1) {
    const free = name.replace(/(\.[^.]*)?$/, ` ${number}$1`);
    if (drive.itemBelow(folder, [free]) === null) return { name: free, existing: null };
  }
}
