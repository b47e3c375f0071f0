import { expect, test } from 'vitest';

import { manySales, salesToml } from '../support/sales.ts';
import { gate } from './gate.ts';
import { Ledger } from './ledger.ts';

const withoutTime = salesToml
  .replace('event_time = "sold_at"\ngroup_by = ["shop"]\n', '')
  .replace(/\[datasets\.sales\.measures\][^]*$/, '');

for (const [kind, toml] of [
  ['with hourly figures', salesToml],
  ['without', withoutTime],
] as const) {
  test(`a run that starts while another one ingests loads nothing twice (dataset ${kind})`, async () => {
    await using ledger = await Ledger.create(toml);
    await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
    await ledger.manifest('first');
    const stop = { claimed: gate(), goOn: gate() };
    const first = ledger.ingest('first', manySales(3), stop);
    await stop.claimed.passed;

    const second = ledger.manifest('second');
    await ledger.untilBlocked(second);
    stop.goOn.open();
    await first;
    if ((await second) > 0) await ledger.ingest('second', manySales(3));

    expect(await ledger.ids()).toEqual([1, 2, 3]);
    expect(await ledger.states()).toEqual(['ingested']);
  });
}

test('of two versions that are ingested at once, the one that was listed last remains', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('first');
  const stop = { claimed: gate(), goOn: gate() };
  const first = ledger.ingest('first', manySales(3), stop);
  await stop.claimed.passed;
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v2' });
  await ledger.manifest('second');

  const second = ledger.ingest('second', manySales(3, 10));
  await ledger.untilBlocked(second);
  stop.goOn.open();
  await Promise.all([first, second]);

  expect(await ledger.ids()).toEqual([10, 11, 12]);
  expect(await ledger.states()).toEqual(['replaced', 'ingested']);
});

test('a slow run with an old version does not replace a newer one', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('slow');
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v2' });
  await ledger.manifest('fast');
  await ledger.ingest('fast', manySales(3));

  const slow = await ledger.ingest('slow', manySales(10, 100));

  expect(slow).toMatchObject({ outcome: 'already', byThisRun: false });
  expect(await ledger.ids()).toEqual([1, 2, 3]);
});

test('a file that was renamed and is cleared away later keeps its rows, also when its old name lives on', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'monday', path: 'sales.csv', hash: 'mon' });
  await ledger.manifest('1');
  await ledger.ingest('1', [{ id: 1 }]);
  const tuesday = { id: 'tuesday', path: 'sales.csv', hash: 'tue' };
  await ledger.list({ id: 'monday', path: 'sales-mon.csv', hash: 'mon' }, tuesday);
  await ledger.manifest('2');
  await ledger.ingest('2', [{ id: 2 }]);
  await ledger.list(tuesday);
  await ledger.list({ ...tuesday, hash: 'tue, corrected' });
  await ledger.manifest('3');

  await ledger.ingest('3', [{ id: 2 }, { id: 3 }]);

  expect(await ledger.ids()).toEqual([1, 2, 3]);
});

test('a file that was renamed, deleted and uploaded again under its new name is known', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales a.csv', hash: 'v1' });
  await ledger.manifest('1');
  await ledger.ingest('1', [{ id: 1 }]);
  await ledger.list({ id: 'a', path: 'sales b.csv', hash: 'v1' });
  await ledger.list();
  await ledger.list({ id: 'b', path: 'sales b.csv', hash: 'v1' });

  expect(await ledger.manifest('2')).toBe(0);
});
