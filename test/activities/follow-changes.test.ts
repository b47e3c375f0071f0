import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { applyChanges } from '../../src/database/queries/apply-changes.ts';
import { readInventoryState } from '../../src/database/queries/inventory-state.ts';
import { markDeleted, saveInventoryPage } from '../../src/database/queries/save-inventory.ts';
import { stageChanges } from '../../src/database/queries/stage-changes.ts';
import { owner } from '../database/owner.ts';
import { FollowedFolder } from './followed-folder.ts';

const week = '2026-11-22T12:00:00Z';
const nextWeek = '2026-11-29T12:00:00Z';

let followed: FollowedFolder;
/** Of the folder that this test follows, at the root of the library. */
let root: string;

beforeAll(async () => {
  followed = await FollowedFolder.start();
});

afterAll(async () => {
  await followed[Symbol.asyncDispose]();
});

beforeEach(() => {
  const { library } = followed;
  root = randomUUID();
  library.put(`${root}/kept.csv`, 'x');
  followed.folder = { ...followed.folder, itemId: library.idOf(root) };
});

afterEach(() => {
  followed.sharepoint.simulator.faults.clear();
});

function put(path: string, content = 'x'): void {
  followed.library.put(`${root}/${path}`, content);
}

function move(from: string, to: string): void {
  followed.library.move(`${root}/${from}`, to.startsWith('/') ? to : `${root}/${to}`);
}

function fail(match: RegExp, status: number, more: { times?: number; body?: object } = {}): void {
  followed.sharepoint.simulator.faults.failNext({ match, status, ...more });
}

async function assertAsListed(recursive = true): Promise<void> {
  expect(await followed.inventory()).toEqual(await followed.listing(recursive));
}

async function linkOf(): Promise<string | null> {
  const { sourceId } = await followed.register();
  return (await readInventoryState(followed.sql, sourceId, week)).link;
}

test('a round asks for what changed alone, and one request tells that nothing did', async () => {
  put('below/a.csv');
  const first = await followed.requestsOf(() => followed.follow());
  put('below/b.csv');
  expect(await followed.follow()).toMatchObject({ listed: 3, pages: 1, deleted: 0 });
  const nothing = await followed.requestsOf(() => followed.follow());

  expect([first.at(-1), ...nothing]).toEqual([expect.stringMatching(/^200 items.*delta$/), first.at(-1)]);
  const [state] = await followed.sql`select count(*)::int as staged from charlie.delta_items`;
  expect(state).toEqual({ staged: 0 });
  await assertAsListed();
});

test('what is deleted with its folder, or moved out of it, is gone; what comes back is there again', async () => {
  for (const name of ['old/1.csv', 'old/deep/2.csv', 'out/3.csv', 'renamed/4.csv', '5.csv']) put(name);
  await followed.follow();
  const id = followed.library.idOf(`${root}/old`);
  followed.library.remove(`${root}/old`);
  move('out', `/Archive ${root}/out`);
  move('renamed', "o'clock #1 50%+");
  move('5.csv', 'below/five.csv');
  expect(await followed.follow()).toMatchObject({ listed: 3, deleted: 3 });
  await assertAsListed();

  followed.library.restore(id);
  followed.library.move(`/Archive ${root}/out`, `/Reports/${root}/back`);
  // The folder that came back is told without its file: it is asked for.
  const requests = await followed.requestsOf(() => followed.follow());
  expect(requests.filter((request) => request.endsWith('children'))).toHaveLength(1);
  await assertAsListed();
});

test.each([400, 404, 410])(
  'a link that is answered with %i makes it start anew, and what was missed is made up for',
  async (status) => {
    put('gone.csv');
    await followed.follow();
    const before = await linkOf();
    followed.library.remove(`${root}/gone.csv`);
    put('new.csv');
    fail(/\/delta\?.*token=/, status);

    expect(await followed.follow()).toMatchObject({ listed: 2, deleted: 1 });
    expect(await linkOf()).not.toBe(before);
    await assertAsListed();
  },
);

test('a round that breaks off changes neither inventory nor link', async () => {
  await followed.follow();
  const [before, inventory] = [await linkOf(), await followed.inventory()];
  for (let file = 0; file < 1001; file++) put(`${file}.csv`);
  const file = {
    id: 'early',
    name: 'early.csv',
    parentReference: { id: followed.folder.itemId },
    eTag: 'e',
    lastModifiedDateTime: week,
    file: {},
  };
  fail(/\/delta\?.*token=/, 200, { body: { value: [file], '@odata.nextLink': before } });
  fail(/\/delta\?.*token=/, 503);
  await expect(followed.follow()).rejects.toMatchObject({ name: 'SharePointFailed' });
  expect([await linkOf(), await followed.inventory()]).toEqual([before, inventory]);

  expect(await followed.follow()).toMatchObject({ listed: 1002, pages: 2 });
  await assertAsListed();
});

test('changes of the library stand in where those of the folder are refused, and a listing where both are, for a week', async () => {
  const { library } = followed;
  library.put(`${root} beside/other.csv`, 'x');
  // The links of the library name the root's id.
  fail(new RegExp(`items/${followed.folder.itemId}/delta`), 501, { times: 100 });
  expect(await followed.follow()).toMatchObject({ listed: 1 });
  put('below/a.csv');
  library.put(`${root} beside/b.csv`, 'x');
  expect(await followed.requestsOf(() => followed.follow())).toEqual([
    expect.stringMatching(/^200 items.*delta$/),
  ]);
  await assertAsListed();

  fail(/\/delta/, 501, { times: 100 });
  expect(await followed.follow()).toBeNull();
  expect(await followed.requestsOf(() => followed.follow())).toEqual([]);
  followed.sharepoint.simulator.faults.clear();
  expect(await followed.follow({ nominalTime: nextWeek })).toMatchObject({ listed: 2 });
  await assertAsListed();
});

test('once a week everything is asked for, and what changes have not told is found', async () => {
  put('a.csv');
  await followed.follow();
  const { sourceId } = await followed.register();
  await followed.sql`delete from charlie.drive_items where source_id = ${sourceId} and name = 'a.csv'`;
  await followed.sql`
    insert into charlie.drive_items (source_id, item_id, name, path, size_bytes, etag, modified_at)
    values (${sourceId}, 'never there', 'n.csv', 'n.csv', 1, 'x', now())`;
  await followed.follow({ nominalTime: '2026-11-29T11:59:59Z' });
  expect(await followed.inventory()).toHaveLength(2);

  expect(await followed.follow({ nominalTime: nextWeek })).toMatchObject({ listed: 2, deleted: 1 });
  await assertAsListed();
});

test('another answer to whether folders below count makes it start anew', async () => {
  put('below/a.csv');
  await followed.follow();
  expect(await followed.follow({ recursive: false })).toMatchObject({ listed: 1, deleted: 1 });
  await assertAsListed(false);
  expect(await followed.follow()).toMatchObject({ listed: 2, deleted: 0 });
  await assertAsListed();
});

test('of a state that comes twice in a round the last one counts, and a notebook is no file', async () => {
  await followed.follow();
  const item = {
    id: 'twice',
    parentReference: { id: followed.folder.itemId },
    eTag: 'e',
    lastModifiedDateTime: week,
  };
  const file = { ...item, size: 1, file: {} };
  fail(/\/delta\?.*token=/, 200, {
    body: {
      value: [
        { ...file, name: 'early.csv' },
        { ...file, name: 'late.csv' },
        { ...item, id: 'notes', name: 'N', package: {} },
      ],
      '@odata.deltaLink': await linkOf(),
    },
  });
  await followed.follow();
  expect(await followed.inventory()).toMatchObject([{ name: 'kept.csv' }, { name: 'late.csv' }]);
});

test('of rounds that began with the same link one is applied, and the other asks anew', async () => {
  await followed.follow();
  put('a.csv');
  const { sourceId } = await followed.register();
  const state = await readInventoryState(followed.sql, sourceId, week);
  const zombie = {
    ...{ sourceId, generation: state.generation, roundId: randomUUID(), rootId: followed.folder.itemId },
    exceptId: null,
    ...{
      recursive: true,
      isFull: false,
      beganAt: state.at,
      lastAt: state.at,
      isEmpty: false,
      link: 'https://old',
    },
    ...{ scope: 'folder' as const, nominalTime: week },
  };
  await stageChanges(followed.sql, zombie, state.at, [
    { kind: 'gone', itemId: followed.library.idOf(`${root}/kept.csv`) },
  ]);
  await followed.follow();

  expect(await applyChanges(followed.sql, owner(), zombie)).toBeNull();
  expect(await linkOf()).not.toBe('https://old');
  await assertAsListed();
});

test('a listing that has stood still takes nothing back that changes have told', async () => {
  put('below/a.csv');
  put('b.csv');
  await followed.follow();
  const { sourceId, at } = await followed.register();
  const files = await followed.listing();
  const items = files.map((file) => ({ ...(file as { itemId: string }), contentHash: null })) as never[];
  followed.library.remove(`${root}/b.csv`);
  move('below', 'moved');
  await followed.follow();
  const link = await linkOf();

  await saveInventoryPage(followed.sql, { sourceId, at, items });
  await markDeleted(followed.sql, { sourceId, at, itemIds: new Set(), paths: null });

  expect(await linkOf()).toBe(link);
  const kept = (await followed.listing()).map((file) => (file as { path: string }).path);
  expect(kept).toContain('moved/a.csv');
  expect(await followed.inventory()).toMatchObject([{ path: 'moved/a.csv' }]);
});
