import fc from 'fast-check';
import { expect, test } from 'vitest';

import { SettlingFiles } from '../../src/domain/settling-files.ts';

const quietMs = 5000;

test('a file is given out when its stamp has stayed the same for the quiet time, and again only when it has changed', () => {
  const files = new SettlingFiles(quietMs);
  const [one, two] = [
    { path: '/a', stamp: '1' },
    { path: '/a', stamp: '2' },
  ];
  expect(files.look([one], 0)).toEqual([]);
  expect(files.nextIn(1000)).toBe(4000);
  expect(files.look([two], 4999)).toEqual([]);
  expect(files.look([two], 9998)).toEqual([]);
  expect(files.look([two], 9999)).toEqual([two]);
  expect(files.look([two], 10_500)).toEqual([two]);
  files.dealtWith([two]);
  expect(files.look([two], 20_000)).toEqual([]);
  expect(files.nextIn(20_000)).toBe(Number.POSITIVE_INFINITY);
  expect(files.look([one], 30_000)).toEqual([]);
  expect(files.look([one], 35_000)).toEqual([one]);
});

test('what was dealt with while it changed is given out again', () => {
  const files = new SettlingFiles(quietMs);
  files.look([{ path: '/a', stamp: '1' }], 0);
  files.look([{ path: '/a', stamp: '2' }], 1);
  files.dealtWith([{ path: '/a', stamp: '1' }]);
  expect(files.look([{ path: '/a', stamp: '2' }], quietMs + 1)).toHaveLength(1);
});

test('a file that was gone for one look begins anew', () => {
  const files = new SettlingFiles(quietMs);
  const file = { path: '/a', stamp: '1' };
  files.look([file], 0);
  files.dealtWith([file]);
  files.look([], 1000);
  expect(files.look([file], 2000)).toEqual([]);
  expect(files.look([file], 7000)).toEqual([file]);
});

test('whenever somebody looks, nothing is given out that has changed within the quiet time, and everything else is', () => {
  const looks = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 3000 }), stamp: fc.constantFrom('1', '2', '3', null) }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(looks, (sequence) => {
      const files = new SettlingFiles(quietMs);
      let now = 0;
      let since = 0;
      let before: string | null = null;
      for (const { after, stamp } of sequence) {
        now += after;
        if (stamp !== before) since = now;
        before = stamp;
        const given = files.look(stamp === null ? [] : [{ path: '/a', stamp }], now);
        expect(given.length === 1).toBe(stamp !== null && now - since >= quietMs);
      }
    }),
  );
});
