import { DetailedGraphError, invalidRequest } from './graph-error.ts';
import { type DriveFolder, pathOf } from './item.ts';
import type { Tenant } from './tenant.ts';

/** SharePoint counts the decoded path below the host, with the site and the library. */
const longestPath = 400;
const longestName = 255;

const reserved = /^(?:\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini)$/i;

/** Throws unless SharePoint would let an item of this name be made in `folder`. */
export function checkNewName(tenant: Tenant, folder: DriveFolder, name: string): void {
  const isInvalid =
    /["*:<>?/\\|]/.test(name) ||
    /^ | $|\.$/.test(name) ||
    name === '' ||
    name.startsWith('~$') ||
    name.toLowerCase().includes('_vti_') ||
    reserved.test(name) ||
    (folder.parent === null && name.toLowerCase() === 'forms');
  if (isInvalid)
    throw invalidRequest('The provided name cannot contain or equal invalid characters or names.');
  const path = [tenant.sitePath, tenant.libraryUrlName, ...pathOf(folder), name].join('/');
  if (name.length > longestName || path.length > longestPath)
    throw new DetailedGraphError(400, 'invalidRequest', 'pathIsTooLong', 'The specified path is too long.');
}
