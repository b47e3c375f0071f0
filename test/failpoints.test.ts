import { expect, test } from 'vitest';

import { armFailpoint, FailpointRefused, failpoint } from '../src/failpoints.ts';
import { charlie } from './support/charlie.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

test('production refuses them', () => {
  expect(() => {
    armFailpoint({ CHARLIE_FAILPOINT: 'mid-copy:kill', NODE_ENV: 'production' });
  }).toThrow(FailpointRefused);
});

test.each(['mid-air:kill', 'mid-copy', 'mid-copy:burn', ':kill'])('%s is no failpoint', (given) => {
  expect(() => {
    armFailpoint({ CHARLIE_FAILPOINT: given });
  }).toThrow(FailpointRefused);
});

test('one that is not armed does nothing', async () => {
  armFailpoint({});
  await failpoint('mid-copy');
});

test.each(['worker', 'run'])('charlie %s does not start with one in production', async (command) => {
  const ended = await charlie([command], {
    cwd: await temporaryFolder(),
    env: {
      CHARLIE_FAILPOINT: 'mid-copy:kill',
      NODE_ENV: 'production',
      CHARLIE_DATABASE__URL: 'postgres://a:b@localhost:1/c',
    },
  });
  expect(ended.exitCode).toBe(3);
  expect(ended.stderr).toContain('CHARLIE_FAILPOINT=mid-copy:kill is refused');
});
