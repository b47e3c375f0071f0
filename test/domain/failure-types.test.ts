import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { passingFailures, permanentFailures } from '../../src/domain/failure-types.ts';

const project = join(import.meta.dirname, '../..');

/** An error's name is its type in a workflow's history. */
const errorNames = globSync(['src/**/*.ts', 'activities/**/*.ts'], { cwd: project }).flatMap((file) =>
  [...readFileSync(join(project, file), 'utf8').matchAll(/readonly name(?:: string)? = '(\w+)'/g)].map(
    ([, name]) => name,
  ),
);

test.each([...permanentFailures, ...passingFailures])('%s is the name of one error class', (type) => {
  expect(errorNames.filter((name) => name === type)).toHaveLength(1);
});

test('no failure is both permanent and passing', () => {
  expect(permanentFailures.filter((type) => (passingFailures as readonly string[]).includes(type))).toEqual(
    [],
  );
});
