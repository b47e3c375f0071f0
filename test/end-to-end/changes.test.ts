import { expect, test } from 'vitest';

import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';

test('runs load what is new, and neither what was renamed or moved nor what came back', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { library, requests } = pipeline.simulator;
  library.put('2026/sales 1.csv', salesCsv([{ id: 1 }]));
  library.put('sales #2 50%.csv', salesCsv([{ id: 2 }]));
  library.put('sales 3.csv', salesCsv([{ id: 3 }]));
  expect(await pipeline.sync()).toMatchObject({ listed: 3, ingested: 3 });

  const removed = library.idOf('sales 3.csv');
  library.move('2026', "o'clock + more");
  library.move('sales #2 50%.csv', 'done/Sales two.csv');
  library.remove('sales 3.csv');
  library.put('done/sales 4.csv', salesCsv([{ id: 4 }]));
  expect(await pipeline.sync()).toMatchObject({ listed: 3, skipped: 2, ingested: 1, downloaded: 1 });
  library.restore(removed);
  const before = requests.length;
  expect(await pipeline.sync()).toMatchObject({ listed: 4, skipped: 4, ingested: 0, downloaded: 0 });

  // The site, its libraries, the folder, and what changed.
  expect(requests.slice(before).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const inventory = await pipeline.sql<{ path: string; gone: boolean; settled: string | null }[]>`
    select path, deleted_at is not null as gone, settled from charlie.drive_items order by path collate "C"`;
  expect(inventory).toEqual([
    { path: 'done/Sales two.csv', gone: false, settled: 'ledger' },
    { path: 'done/sales 4.csv', gone: false, settled: 'ledger' },
    { path: "o'clock + more/sales 1.csv", gone: false, settled: 'ledger' },
    { path: 'sales 3.csv', gone: false, settled: 'ledger' },
  ]);
  const ids = await pipeline.sql<{ id: number }[]>`select id from datasets.sales order by id`;
  expect(ids.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
});
