import { expect, it } from 'vitest';

import { fuzz } from '../../bench/fuzz/fuzz.ts';

// `npm run fuzz` reads a hundred thousand.
it('no damage to a file makes the reader crash, or miscount what it has read', async () => {
  const { read, refused, rows } = await fuzz({ seed: 2026, from: 0, files: 2_000 });
  expect(read + refused).toBe(2_000);
  expect(read).toBeGreaterThan(1_000);
  expect(rows).toBeGreaterThan(read);
});
