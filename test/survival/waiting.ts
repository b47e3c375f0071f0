import { vi } from 'vitest';

/** Of a test: what it waits for must have time to fail first, and to say what it waited for. */
export const testTimeout = 360_000;

type Explain = () => string | Promise<string>;

/**
 * Waits for what happens. In place of `expect.poll`, which knows its test only while no other one runs beside it;
 * `explain` tells what a reader of the failure needs. What `happened` throws ends the waiting.
 */
export async function until(
  what: string,
  happened: () => boolean | Promise<boolean>,
  explain: Explain = () => '',
  { seconds = 100, intervalMs = 50 } = {},
): Promise<void> {
  try {
    await vi.waitUntil(happened, { timeout: seconds * 1000, interval: intervalMs });
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Timed out in waitUntil'))
      throw new Error(await inVain(seconds, what, explain), { cause: error });
    throw error;
  }
}

/** What the promise gives, or a failure that explains what it waited for. */
export async function within<T>(
  seconds: number,
  what: string,
  promise: Promise<T>,
  explain: Explain,
): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, seconds * 1000, 'late');
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), late]);
    if (first === 'late') throw new Error(await inVain(seconds, what, explain));
    return first.value;
  } finally {
    clearTimeout(timer);
  }
}

async function inVain(seconds: number, what: string, explain: Explain): Promise<string> {
  return `Waited ${seconds} s in vain: ${what}.\n${await explain()}`;
}
