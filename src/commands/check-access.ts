import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Settings } from '../settings/settings.ts';
import type { FolderRef, RemoteFile, SharePointGateway, SignedIn } from '../sharepoint/gateway.ts';
import { accessRemedy } from './access-remedy.ts';

export interface AccessCheck {
  readonly name: string;
  /** Null: not tried. */
  readonly ok: boolean | null;
  /** What was found, or what is wrong. */
  readonly detail: string;
  /** What to do, where the detail does not say it. */
  readonly remedy: string | null;
  readonly error?: unknown;
}

/** Each needs those before it. */
const readingSteps = ['Sign-in', 'Site', 'Library', 'Folder', 'Listing', 'Read'];

/** A folder may hold a hundred thousand: that they can be listed is seen from these. */
const enoughFiles = 1000;

/** Walks the way of a sync run, step by step, to the first that fails. `onStep` hears of each at once, also of those not tried. */
export async function checkAccess(
  gateway: SharePointGateway,
  settings: Settings,
  onStep: (check: AccessCheck) => void,
): Promise<AccessCheck[]> {
  const writes = settings.reports.sharepointFolder ?? settings.sync.processedFolder;
  const steps = writes === null ? readingSteps : [...readingSteps, 'Write'];
  const done: AccessCheck[] = [];
  let signedIn: SignedIn | null = null;
  function add(
    ok: boolean | null,
    detail: string,
    failure?: { remedy: string | null; error: unknown },
  ): void {
    const check = { name: steps[done.length] ?? '', ok, detail, remedy: null, ...failure };
    done.push(check);
    onStep(check);
  }
  try {
    signedIn = await gateway.signIn();
    add(true, describeSignIn(signedIn, settings));
    const folder = await gateway.resolveFolder(undefined, (_, found) => {
      add(true, found);
    });
    const files = await listSome(gateway, folder, settings.sync.recursive);
    add(true, describeListing(files));
    const smallest = files.toSorted((a, b) => a.size - b.size).at(0);
    if (smallest === undefined) add(null, 'nothing to read yet');
    else add(true, await readOne(gateway, smallest));
    if (writes !== null) await addWrite(gateway, writes, add);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    // Who has found the library has permission and grant: what fails after that is something else.
    const remedy = done.length <= steps.indexOf('Library') ? accessRemedy(error, signedIn) : null;
    add(false, detail, { remedy, error });
    while (done.length < steps.length) add(null, 'not tried');
  }
  return done;
}

/** A folder that is not there is made by the first file that goes there. */
async function addWrite(
  gateway: SharePointGateway,
  path: string,
  add: (ok: boolean | null, detail: string) => void,
): Promise<void> {
  const folder = await gateway.lookForFolder(path);
  if (folder === null) add(null, `${path} is not there yet; the first file that goes there makes it`);
  else add(true, `${await gateway.tryWriting(folder)} to ${folder.webUrl}, and deleted it`);
}

function describeSignIn({ roles, clientId, expiresAt }: SignedIn, { sharepoint }: Settings): string {
  const parts = [
    `by ${(sharepoint.signIn ?? 'secret').replace('_', ' ')}`,
    clientId === null ? null : `application ${clientId}`,
    roles === null ? null : `permissions: ${roles.join(', ') || 'none'}`,
    expiresAt === null ? null : `token until ${expiresAt.slice(11, 16)} UTC`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

async function listSome(
  gateway: SharePointGateway,
  folder: FolderRef,
  recursive: boolean,
): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  for await (const page of gateway.listFiles(folder, { recursive })) {
    files.push(...page);
    if (files.length >= enoughFiles) break;
  }
  return files;
}

function describeListing({ length }: readonly RemoteFile[]): string {
  if (length >= enoughFiles) return `${length} files and perhaps more`;
  return length === 1 ? '1 file' : `${length} files`;
}

async function readOne(gateway: SharePointGateway, file: RemoteFile): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'charlie-check-'));
  try {
    const { bytes } = await gateway.download(file, join(dir, 'file'));
    const verified = file.quickXorHash === null ? 'SharePoint gives no hash of it' : 'its hash is right';
    return `${file.path}, ${bytes} bytes, ${verified}`;
  } finally {
    await rm(dir, { recursive: true });
  }
}
