import { type Call, findItem } from './graph-call.ts';
import { invalidRequest, itemNotFound } from './graph-error.ts';
import type { DriveFile } from './item.ts';
import { graphOrigin } from './origins.ts';

/** `versions`: every content that the file has had, the present one first. */
export function listVersions(call: Call): object {
  const file = fileOf(call);
  const { world, request } = call;
  const address = `drives('${world.tenant.driveId}')/items('${file.id}')/versions`;
  return {
    '@odata.context': `${graphOrigin(request)}/v1.0/$metadata#${address}`,
    value: world.drive.contents.versions(file).map(({ contentVersion, size, modifiedAt }) => ({
      id: versionId(contentVersion),
      lastModifiedDateTime: modifiedAt.toISOString().replace(/\.\d+Z$/, 'Z'),
      size,
      lastModifiedBy: { user: { displayName: 'System Account' } },
    })),
  };
}

/** `versions/2.0`: a former one alone can be deleted. */
export function deleteVersion(call: Call, id: string): object {
  const file = fileOf(call);
  const contentVersion = Number(/^(\d+)\.0$/.exec(id)?.[1]);
  if (contentVersion === file.contentVersion)
    throw invalidRequest('The current version of an item cannot be deleted.');
  if (Number.isNaN(contentVersion) || !call.world.drive.contents.remove({ guid: file.guid, contentVersion }))
    throw itemNotFound();
  return call.reply.code(204).send();
}

function fileOf(call: Call): DriveFile {
  const item = findItem(call);
  if (item.kind === 'file') return item;
  throw invalidRequest('A folder has no versions.');
}

function versionId(contentVersion: number): string {
  return `${contentVersion}.0`;
}
