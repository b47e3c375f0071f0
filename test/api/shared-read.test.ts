import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { SharedRead } from '../../src/api/shared-read.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Reads that end when the test says so, each with its number. */
function controlled(): {
  readonly shared: SharedRead<number>;
  readonly begun: PromiseWithResolvers<number>[];
} {
  const begun: PromiseWithResolvers<number>[] = [];
  const shared = new SharedRead(() => {
    const read = Promise.withResolvers<number>();
    begun.push(read);
    return read.promise;
  });
  return { shared, begun };
}

async function untilBegun(begun: readonly unknown[], count: number): Promise<void> {
  await expect.poll(() => begun.length).toBe(count);
}

test('whoever asks while a read is under way gets the next one, together with all others, for what has changed meanwhile', async () => {
  const { shared, begun } = controlled();
  const first = shared.get(0);
  await untilBegun(begun, 1);
  const others = [shared.get(0), shared.get(0), shared.get(0)];
  begun[0]?.resolve(1);
  expect(await first).toEqual({ value: 1, ageMs: 0 });
  await untilBegun(begun, 2);
  begun[1]?.resolve(2);

  expect(await Promise.all(others)).toEqual(others.map(() => ({ value: 2, ageMs: 0 })));
  expect(begun).toHaveLength(2);
});

test('an age that is allowed takes what was read since, also by a read that is under way, and nothing older', async () => {
  const { shared, begun } = controlled();
  const first = shared.get(0);
  await untilBegun(begun, 1);
  vi.advanceTimersByTime(4000);
  const meanwhile = shared.get(10_000);
  begun[0]?.resolve(1);

  expect(await Promise.all([first, meanwhile])).toEqual([
    { value: 1, ageMs: 0 },
    { value: 1, ageMs: 4000 },
  ]);
  expect(begun).toHaveLength(1);
  const strict = shared.get(4000);
  await untilBegun(begun, 2);
  begun[1]?.resolve(2);
  expect(await strict).toEqual({ value: 2, ageMs: 0 });
});

test('past half of the age that is allowed the next read begins, and who asks does not wait for it', async () => {
  const { shared, begun } = controlled();
  const first = shared.get(0);
  await untilBegun(begun, 1);
  begun[0]?.resolve(1);
  await first;
  vi.advanceTimersByTime(5001);

  expect(await shared.get(10_000)).toEqual({ value: 1, ageMs: 5001 });
  await untilBegun(begun, 2);
  begun[1]?.resolve(2);
  expect(await shared.get(10_000)).toEqual({ value: 2, ageMs: 0 });
});

test('a read that fails is told to those who wait for it, and the next question reads again', async () => {
  const { shared, begun } = controlled();
  const failing = [shared.get(0), shared.get(0)];
  await untilBegun(begun, 1);
  begun[0]?.reject(new Error('away'));
  await expect(Promise.all(failing)).rejects.toThrow('away');

  const again = shared.get(60_000);
  await untilBegun(begun, 2);
  begun[1]?.resolve(2);
  expect(await again).toEqual({ value: 2, ageMs: 0 });
});
