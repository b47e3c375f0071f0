import { expect, test } from 'vitest';

import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

const files = 5000;

test('a folder of 5,000 files is one run of less than 4,000 events, none with a payload of more than 64 KB', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  for (let file = 0; file < files; file++) {
    pipeline.simulator.library.put(`sales ${file}.csv`, salesCsv(manySales(2, 2 * file)));
  }

  const run = await pipeline.startSync({}, '15 minutes');
  expect(await run.result()).toMatchObject({
    status: 'succeeded',
    listed: files,
    ingested: files,
    rowsLoaded: 2 * files,
  });
  expect(
    await pipeline.sql`
      select count(*) as rows, count(distinct id) as ids, min(id) as first, max(id) as last, count(distinct _file_id) as files
      from datasets.sales`,
  ).toEqual([{ rows: 2 * files, ids: 2 * files, first: 0, last: 2 * files - 1, files }]);
  const { events } = await run.fetchHistory();
  expect(events?.length).toBeLessThan(4000);
  const sizes = payloadSizes(events);
  expect(sizes.length).toBeGreaterThan(400);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
}, 1_000_000);

/** Bytes of every payload at any depth: what holds them is told by the field `data`. */
function payloadSizes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('data' in value && value.data instanceof Uint8Array) return [value.data.length];
  return Object.values(value).flatMap(payloadSizes);
}
