import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { AccessDenied, SharePointFailed } from '../../src/sharepoint/errors.ts';
import type { SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { type FolderRef, type RemoteFile } from '../../src/sharepoint/gateway.ts';
import type { Library } from '../../src/simulator/library.ts';
import { filesOf, SimulatedSharePoint } from './simulated-sharepoint.ts';

let sharepoint: SimulatedSharePoint;
let library: Library;
let gateway: SharePointGateway;
let folder: FolderRef;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  library = sharepoint.simulator.library;
  gateway = sharepoint.gateway();
  folder = await gateway.makeFolder('/Documents/Reports/Processed');
});

beforeEach(() => {
  sharepoint.simulator.faults.clear();
  for (const { path } of library.list()) library.remove(path);
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
});

test('a file is moved by its id, under its own name, and a second move finds it there', async () => {
  const file = await listed('a.csv', 'one');

  expect(await move(file)).toBe('moved');
  const [moved] = library.list();
  expect(moved).toMatchObject({ path: 'Processed/a.csv', id: file.itemId });
  expect(await move(file)).toBe('moved');
  expect(library.list()).toEqual([moved]);
});

test('a name that is taken is not written over: the file gets the other one', async () => {
  library.put('Processed/A.CSV', 'of somebody else');
  const file = await listed('a.csv', 'one');

  expect(await move(file)).toBe('moved');
  expect(library.list().find(({ id }) => id === file.itemId)?.path).toBe('Processed/other.csv');
  expect(library.read('Processed/A.CSV').toString()).toBe('of somebody else');
});

test('a file whose other name is taken too stays where it is', async () => {
  library.put('Processed/a.csv', 'of somebody else');
  library.put('Processed/other.csv', 'of somebody else');
  const file = await listed('a.csv', 'one');

  const error = await sharepoint.failure(move(file));
  expect(error).toMatchObject({ status: 409, code: 'nameAlreadyExists' });
  expect(library.list().map(({ path }) => path)).toContain('a.csv');
});

test('a file that has another content by now is left alone; one whose eTag alone has moved is moved', async () => {
  const changed = await listed('changed.csv', 'one');
  library.put('changed.csv', 'two');
  const touched = await listed('touched.csv', 'one');
  library.put('touched.csv', 'one');

  expect([await move(changed), await move(touched)]).toEqual(['changed', 'moved']);
  expect(library.list().map(({ path }) => path)).toEqual(['changed.csv', 'Processed/touched.csv']);
});

test('a file that is gone is no failure', async () => {
  const file = await listed('a.csv', 'one');
  library.remove('a.csv');

  expect(await move(file)).toBe('gone');
});

test('a locked file can be moved later, and who may not write is told so', async () => {
  const file = await listed('a.csv', 'one');
  sharepoint.simulator.faults.failNext({ match: /^PATCH/, status: 423 });
  sharepoint.simulator.faults.failNext({ match: /^PATCH/, status: 403 });

  const locked = await sharepoint.failure(move(file));
  expect(locked).toBeInstanceOf(SharePointFailed);
  expect(locked).toMatchObject({ status: 423, retryable: true });
  const denied = await sharepoint.failure(move(file));
  expect(denied).toBeInstanceOf(AccessDenied);
  expect(denied.message).toContain('the role "write"');
  expect(await move(file)).toBe('moved');
});

test('a folder that is left out of a listing is not asked for', async () => {
  library.put('Processed/old.csv', 'old');
  library.put('sub/a.csv', 'new');
  const root = await gateway.resolveFolder();
  const before = sharepoint.simulator.requests.length;
  const files = await filesOf(gateway.listFiles(root, { recursive: true, except: folder.itemId }));

  expect(files.map(({ path }) => path)).toEqual(['sub/a.csv']);
  expect(sharepoint.simulator.requests.slice(before)).toHaveLength(2);
});

test('a folder that is not there is told from one that is', async () => {
  expect(await gateway.lookForFolder('/Documents/Reports/Nowhere')).toBeNull();
  expect(await gateway.lookForFolder('/Documents/Reports/Processed')).toEqual(folder);
});

async function listed(path: string, content: string): Promise<RemoteFile> {
  library.put(path, content);
  const files = await sharepoint.list(gateway);
  return files.find((file) => file.path === path)!;
}

async function move(file: RemoteFile): ReturnType<SharePointGateway['moveFile']> {
  const versionKey = `${file.quickXorHash}:${file.size}`;
  return await gateway.moveFile({ ...file, versionKey }, { folder, otherName: 'other.csv' });
}
