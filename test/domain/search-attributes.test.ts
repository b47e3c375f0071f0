import { expect, test } from 'vitest';

import { searchAttributes } from '../../src/domain/search-attributes.ts';
import registered from '../../temporal-config/search-attributes.json' with { type: 'json' };

test('runs are searched by what is registered with the server, name by name and type by type', () => {
  const types = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' } as const;
  expect(
    Object.fromEntries(Object.entries(searchAttributes).map(([name, type]) => [name, types[type]])),
  ).toEqual(registered);
});
