import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import packageJson from '../../package.json' with { type: 'json' };
import { connect, type Sql } from '../../src/database/connection.ts';
import { GraphGate } from '../../src/database/queries/graph-gate.ts';
import { Secret } from '../../src/settings/secret.ts';
import type { RemoteFile, SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { resourceUnits } from '../../src/sharepoint/traffic.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/with-database.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

let sharepoint: SimulatedSharePoint;
let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  database = await createMigratedDatabase();
  sql = connect(new Secret(database.url), 4);
  for (let file = 0; file < 8; file++)
    sharepoint.simulator.library.put(`${file}.csv`, Buffer.from(`a\n${file}\n`));
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
  await sql.end({ timeout: 1 });
  await database.drop();
});

beforeEach(async () => {
  await sql`delete from charlie.graph_gate`;
});

const unitsPerMinute = 60_000;

/** Of a worker of its own, all of one application. */
function worker(): SharePointGateway {
  return sharepoint.gateway({}, undefined, new GraphGate(sql, 'tenant/client', unitsPerMinute));
}

/** What was asked of the simulator meanwhile. */
async function asked(
  work: () => Promise<unknown>,
): Promise<readonly { method: string; url: string; userAgent: string }[]> {
  const before = sharepoint.simulator.requests.length;
  await work();
  return sharepoint.simulator.requests.slice(before);
}

async function download(gateway: SharePointGateway, file: RemoteFile): Promise<void> {
  await gateway.download(file, join(sharepoint.folder, file.name));
}

test.each([
  { who: 'Graph', match: /\/children/ },
  { who: 'the sign-in', match: /\/token/ },
  { who: 'the content host', match: /download\.aspx/ },
])('when $who asks for a pause, no worker asks anybody before it is over', async ({ match }) => {
  const [one, other, late] = [worker(), worker(), worker()];
  const [file] = await sharepoint.list(other);
  sharepoint.simulator.faults.failNext({ match, status: 429, retryAfterSeconds: 600 });
  const first = sharepoint.failure(sharepoint.list(one).then((files) => download(one, files[0]!)));
  expect(await first).toMatchObject({ name: 'Throttled', retryAfterSeconds: 600 });

  const meanwhile = await asked(async () => {
    for (const work of [
      () => sharepoint.list(one),
      () => sharepoint.list(late),
      () => download(late, file!),
    ]) {
      const error = await sharepoint.failure(work());
      expect(error).toMatchObject({ name: 'Throttled' });
      expect(error).toHaveProperty('retryAfterSeconds', expect.closeTo(600, -2));
    }
  });
  expect(meanwhile).toEqual([]);

  await sql`update charlie.graph_gate set not_before = now()`;
  await sharepoint.list(worker());
});

test('a pause of a moment is waited out in place, by the others too', async () => {
  const [one, other] = [worker(), worker()];
  sharepoint.simulator.faults.failNext({ match: /\/children/, status: 503, retryAfterSeconds: 1 });
  const [ours, theirs] = await Promise.all([sharepoint.list(one), sharepoint.list(other)]);
  expect(ours).toHaveLength(8);
  expect(theirs).toHaveLength(8);
});

test('two workers are charged together for what the simulator was asked', async () => {
  const workers = [worker(), worker()];
  const requests = await asked(async () => {
    await Promise.all(
      workers.map(async (gateway) => {
        for (const file of await sharepoint.list(gateway)) await download(gateway, file);
      }),
    );
  });

  const units = requests.reduce(
    (sum, { method, url }) =>
      sum + (url.startsWith('/v1.0/') ? resourceUnits(method, `https://graph${url}`) : 0),
    0,
  );
  // Each: site 1, libraries 2, folder 1, listing 2, and 8 contents.
  expect(units).toBe(2 * (1 + 2 + 1 + 2 + 8));
  const [row] = await sql<[{ spent: number }]>`
    select round(extract(epoch from spent_to - not_before + interval '5 seconds') * ${unitsPerMinute / 60})::integer as spent
    from charlie.graph_gate`;
  expect(row.spent).toBeGreaterThanOrEqual(units);
});

test('Graph, content host and sign-in all learn who asks, in the form that Microsoft wants', async () => {
  const gateway = worker();
  const requests = await asked(async () => {
    const [file] = await sharepoint.list(gateway);
    await download(gateway, file!);
  });

  for (const of of [
    /\/oauth2\/v2\.0\/token/,
    /openid-configuration/,
    /\/children/,
    /\/content$/,
    /download\.aspx/,
  ])
    expect(
      requests.filter(({ url }) => of.test(url)),
      String(of),
    ).toHaveLength(1);
  expect(new Set(requests.map(({ userAgent }) => userAgent))).toEqual(
    new Set([`NONISV|charlie-reporting|charlie-reporting/${packageJson.version}`]),
  );
});
