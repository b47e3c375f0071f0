import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { unlessMissing } from '../simulator/clients/optional-tool.ts';
import { execute } from '../support/charlie.ts';
import { schemathesisProgram } from './schemathesis.ts';
import { bearer, TestApi } from './test-api.ts';

/** What no schema can say: expressions, zones and times that no schedule can be made of, paths that lie elsewhere. */
const configuration = `
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422", "428", "5xx"]
`;

test('schemathesis finds no answer that the OpenAPI document does not promise', { timeout: 600_000 }, async ({
  skip,
}) => {
  const program =
    (await unlessMissing('schemathesis', schemathesisProgram)) ?? skip('It cannot be had here.');
  await using api = await TestApi.start('', (settings) => ({
    ...settings,
    api: { ...settings.api, requireToken: true },
  }));
  await applyJobs(api.client.schedule, jobsOf(api.settings));
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.app.server.address() as { port: number };
  await writeFile(join(api.dir, 'schemathesis.toml'), configuration);

  const { exitCode, stdout } = await execute(
    program,
    [
      ...['run', `http://127.0.0.1:${port}/openapi.json`, '--no-color', '--generation-deterministic'],
      ...['--header', `Authorization: ${bearer(await api.token('admin')).authorization}`],
      ...[
        '--checks',
        'all',
        '--phases',
        'examples,coverage,fuzzing,stateful',
        '--max-examples',
        '5',
        '--workers',
        '2',
      ],
      ...(process.env['SCHEMATHESIS_ARGS'] ?? '').split(' ').filter((each) => each !== ''),
    ],
    { cwd: api.dir, env: {} },
  );

  expect(exitCode, stdout).toBe(0);
});
