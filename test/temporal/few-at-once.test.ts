import { expect, test } from 'vitest';

import { fewAtOnce } from '../../src/temporal/few-at-once.ts';

test('all items are asked for, a few at once, and answered in their order', async () => {
  let underWay = 0;
  let most = 0;
  const items = Array.from({ length: 50 }, (_, index) => index);

  const answers = await fewAtOnce(items, async (item) => {
    underWay++;
    most = Math.max(most, underWay);
    for (let turns = items.length - item; turns > 0; turns--) await Promise.resolve();
    underWay--;
    return item * 2;
  });

  expect(answers).toEqual(items.map((item) => item * 2));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThan(items.length);
});

test('a question that fails is told when the others are answered, and none is asked after it', async () => {
  const begun: number[] = [];
  const answered: number[] = [];
  const items = Array.from({ length: 50 }, (_, index) => index);

  const asking = fewAtOnce(items, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('no answer');
    for (let turns = 100; turns > 0; turns--) await Promise.resolve();
    answered.push(item);
  });

  await expect(asking).rejects.toThrow('no answer');
  expect([0, ...answered]).toEqual(begun);
  expect(begun.length).toBeLessThan(items.length);
});
