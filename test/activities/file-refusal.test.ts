import { expect, test } from 'vitest';

import { refusalOf } from '../../activities/file-refusal.ts';
import { column, dataset, load } from '../ingest/datasets.ts';

const people = dataset([
  column('id', 'integer', { required: true }),
  column('name', 'text'),
  column('born', 'date'),
]);
const secret = 'Anna Karenina';

test.each([
  ['no_header', `${secret},1\n2,3\n`],
  ['missing_columns', `name,${secret}\n1,2\n`],
  ['duplicate_header', `id,name,name,born,${secret}\n1,2,3,4,5\n`],
  ['too_many_rejects', `id,name,born\n${`1,,${secret}\n`.repeat(30)}`],
])('what is logged of %s quotes nothing of the file, what is recorded does', async (reason, text) => {
  const error: unknown = await load(text, people).catch((thrown: unknown) => thrown);

  const refusal = refusalOf(error);

  expect(refusal).toMatchObject({ reason, detail: expect.stringContaining(secret) as string });
  expect(refusal?.summary).not.toContain('Anna');
  expect(refusal?.summary).toMatch(/^[A-Z].+\.$/);
});
