import { randomUUID } from 'node:crypto';

import postgres from 'postgres';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';

import { charlie } from '../support/charlie.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { scriptsOf } from './document.ts';

const superuser = postgres(inject('postgresUrl'), { max: 1, onnotice: () => undefined });
afterAll(() => superuser.end());

/** A database and a role with the rights that docs/production.md gives it, and no others. */
async function limitedRole(): Promise<{ readonly url: string; readonly name: string }> {
  const name = `limited_${randomUUID().replaceAll('-', '')}`;
  await superuser.unsafe(`create role ${name} login password 'test'`);
  await superuser.unsafe(`create database ${name}`);
  onTestFinished(async () => {
    await superuser.unsafe(`drop database ${name} with (force)`);
    await superuser.unsafe(`drop role ${name}`);
  });
  const [rights = ''] = scriptsOf('The role in Postgres', 'sql');
  const named = rights.replaceAll('reporting', name).replaceAll('charlie', name);
  for (const statement of named.split(';').slice(0, -1)) await superuser.unsafe(statement);
  const url = new URL(inject('postgresUrl'));
  Object.assign(url, { username: name, password: 'test', pathname: `/${name}` });
  return { url: url.href, name };
}

test('a role that may connect to its database and create in it does everything, and owns what it makes', async () => {
  const { url, name } = await limitedRole();
  await using pipeline = await Pipeline.start({ toml: salesToml, env: { CHARLIE_DATABASE__URL: url } });
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));

  const first = await pipeline.sync();
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(4)));
  const replaced = await pipeline.sync();

  const owners = await pipeline.sql`
    select nspname, pg_get_userbyid(nspowner) as owner from pg_namespace where nspname in ('charlie', 'datasets') order by 1`;
  const watched = await pipeline.sql.unsafe(scriptsOf('What to watch', 'sql')[0] ?? '');
  expect(first).toMatchObject({ status: 'succeeded', rowsLoaded: 3 });
  expect(replaced).toMatchObject({ status: 'succeeded', rowsLoaded: 4 });
  expect(owners).toEqual([
    { nspname: 'charlie', owner: name },
    { nspname: 'datasets', owner: name },
  ]);
  expect(watched).toMatchObject([{ job: 'sync', last_success: expect.any(Date) as Date }]);
});

test('without the right to create, nothing starts, although the schemas are there', async () => {
  const { url, name } = await limitedRole();
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    worker: false,
    env: { CHARLIE_DATABASE__URL: url },
  });
  const surroundings = { cwd: pipeline.dir, env: pipeline.env };
  const before = await charlie(['migrate'], surroundings);

  await superuser.unsafe(`revoke create on database ${name} from ${name}`);
  const after = await charlie(['migrate'], surroundings);

  expect(before.exitCode).toBe(0);
  expect(after.exitCode).not.toBe(0);
  expect(after.stderr).toContain(`permission denied for database ${name}`);
});
