import { expect, test } from 'vitest';

import { isTemporaryName } from '../../src/domain/temporary-name.ts';

test.for([
  '.~lock.sales.csv#',
  '.sales.csv.Xy12ab',
  '~$sales.csv',
  'sales.csv.part',
  'sales.csv.PART',
  'sales.csv.tmp',
  'sales.csv.crdownload',
  'sales.csv.filepart',
])('%s is not complete by its name', (name) => {
  expect(isTemporaryName(name)).toBe(true);
});

test.for(['sales.csv', 'sales.part.csv', 'tmp.csv', 'sales~$.csv', 'SALES.CSV'])('%s is', (name) => {
  expect(isTemporaryName(name)).toBe(false);
});
