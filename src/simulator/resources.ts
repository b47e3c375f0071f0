import { type DriveFile, type DriveItem, eTagOf, pathOf, totalSize } from './item.ts';
import { mimeTypeOf } from './mime-type.ts';
import type { Tenant } from './tenant.ts';

export type Resource = Readonly<Record<string, unknown>>;

const created = '2024-01-15T10:00:00Z';
const system = { user: { displayName: 'System Account' } };

export function siteResource(tenant: Tenant): Resource {
  return {
    createdDateTime: created,
    description: '',
    id: tenant.siteId,
    lastModifiedDateTime: created,
    name: tenant.siteName,
    webUrl: tenant.siteUrl,
    displayName: tenant.siteTitle,
    // Of the site at the top of its collection alone.
    ...(tenant.sitePath === tenant.collectionPath && { root: {} }),
    siteCollection: { hostname: tenant.hostname },
  };
}

export function driveResource(tenant: Tenant, used: number): Resource {
  const total = 27487790694400;
  return {
    createdDateTime: created,
    description: '',
    id: tenant.driveId,
    lastModifiedDateTime: created,
    name: tenant.libraryName,
    webUrl: libraryUrl(tenant),
    driveType: 'documentLibrary',
    createdBy: system,
    owner: { group: { displayName: `${tenant.siteTitle} Owners` } },
    quota: { deleted: 0, remaining: total - used, state: 'normal', total, used },
  };
}

/** As a GET of the item itself and a listing show it; `downloadUrl` is asked for files alone, null: it was not selected. */
export function itemResource(
  tenant: Tenant,
  item: DriveItem,
  downloadUrl: ((file: DriveFile) => string) | null,
): Resource {
  return {
    ...(item.kind === 'file' &&
      downloadUrl !== null && { '@microsoft.graph.downloadUrl': downloadUrl(item) }),
    ...bareItem(tenant, item),
    parentReference: {
      ...parentReference(tenant, item),
      ...(item.parent !== null && {
        name: item.parent.name,
        path: `/drives/${tenant.driveId}/root:${pathOf(item.parent)
          .map((name) => `/${encodeURIComponent(name)}`)
          .join('')}`,
      }),
    },
    ...(item.kind === 'file' && { cTag: `"c:{${item.guid.toUpperCase()}},${item.contentVersion}"` }),
    ...(item.parent !== null && { shared: { scope: 'users' } }),
  };
}

/**
 * As delta shows it: no cTag, no path of the parent, of a deleted item not even its name, and addresses to download
 * from only for those who ask for them.
 */
export function changedItemResource(
  tenant: Tenant,
  item: DriveItem,
  downloadUrl: ((file: DriveFile) => string) | null,
): Resource {
  const type = { '@odata.type': '#microsoft.graph.driveItem' };
  if (!item.deleted) {
    return {
      ...type,
      ...(item.kind === 'file' &&
        downloadUrl !== null && { '@microsoft.graph.downloadUrl': downloadUrl(item) }),
      ...bareItem(tenant, item),
      parentReference: parentReference(tenant, item),
    };
  }
  return {
    ...type,
    id: item.id,
    deleted: { state: 'deleted' },
    ...(item.kind === 'file'
      ? { file: { hashes: { quickXorHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } } }
      : { folder: { childCount: 0 } }),
    size: 0,
    parentReference: parentReference(tenant, item),
  };
}

function bareItem(tenant: Tenant, item: DriveItem): Resource {
  const times = { createdDateTime: item.createdAt, lastModifiedDateTime: item.modifiedAt };
  return {
    ...times,
    ...(item.parent !== null && { eTag: eTagOf(item) }),
    id: item.id,
    name: item.name,
    webUrl: [libraryUrl(tenant), ...pathOf(item).map(encodeURIComponent)].join('/'),
    size: totalSize(item),
    createdBy: system,
    lastModifiedBy: system,
    ...(item.parent === null && { root: {} }),
    ...(item.kind === 'folder' ? { folder: { childCount: item.children.size } } : { file: fileFacet(item) }),
    fileSystemInfo: { ...times, lastModifiedDateTime: item.clientModifiedAt ?? item.modifiedAt },
  };
}

/** SharePoint has no hash of an empty file. */
function fileFacet(file: DriveFile): Resource {
  return { mimeType: mimeTypeOf(file.name), hashes: file.size === 0 ? {} : { quickXorHash: file.hash } };
}

function parentReference(tenant: Tenant, item: DriveItem): Resource {
  const drive = { driveType: 'documentLibrary', driveId: tenant.driveId };
  return item.parent === null ? drive : { ...drive, id: item.parent.id, siteId: tenant.siteGuid };
}

function libraryUrl(tenant: Tenant): string {
  return `${tenant.siteUrl}/${encodeURIComponent(tenant.libraryUrlName)}`;
}
