import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';

import { openServerCertificate } from '../../src/simulator/certificates.ts';
import { ServedDirectoryUnusable } from '../../src/simulator/directory-files.ts';
import { HourlyFiles } from '../../src/simulator/generator/hourly-files.ts';
import { quickXorHash } from '../../src/simulator/quick-xor-hash.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { driveOf, type GraphItem, HttpClient, temporaryDir, testSimulator } from './http-client.ts';

function now(): Date {
  return new Date('2026-11-22T14:20:00Z');
}

test('a library begins with the files of the last 24 complete hours', async () => {
  const simulator = await testSimulator({ datasets: 'generated', now });

  const files = simulator.library.list();

  function countOf(dataset: string): number {
    return files.filter((file) => file.path.startsWith(dataset)).length;
  }
  expect(countOf('calls')).toBe(24);
  expect(countOf('campaign_interactions')).toBe(24);
  expect(countOf('quality_scores')).toBe(4);
  expect(files.filter((file) => file.path.startsWith('agent_productivity')).map((file) => file.path)).toEqual(
    ['agent_productivity_20261121.csv'],
  );
  expect(files.map((file) => file.path).join()).toMatch(/calls[ _]2026-?11-?22[ _]1300\.csv/);
  expect(files.every((file) => Date.parse(file.modifiedAt) <= now().getTime())).toBe(true);
});

test('the file of an hour comes when the hour is complete, and one that was deleted stays away', async () => {
  const simulator = await testSimulator();
  let time = new Date('2026-11-22T14:59:59Z');
  const hourly = new HourlyFiles(simulator.library, 1, () => time);
  function names(): string[] {
    return simulator.library.list().map((file) => file.path);
  }
  hourly.addDue();
  const before = names();
  const deleted = 'campaign_interactions_20261122_1300.csv';
  simulator.library.remove(deleted);

  time = new Date('2026-11-22T15:00:00Z');
  hourly.addDue();

  const added = names().filter((name) => !before.includes(name));
  expect(added).toHaveLength(2);
  expect(added.every((name) => name.includes('1400'))).toBe(true);
  expect(names()).not.toContain(deleted);
});

test('the same seed gives the same ids and hashes', async () => {
  const [one, two, other] = await Promise.all(
    [7, 7, 8].map((seed) => testSimulator({ datasets: 'generated', seed, now })),
  );

  expect(two!.library.list()).toEqual(one!.library.list());
  expect(two!.connection).toMatchObject({
    tenantId: one!.connection.tenantId,
    clientSecret: one!.connection.clientSecret,
  });
  expect(other!.library.list()[0]!.id).not.toBe(one!.library.list()[0]!.id);
});

test('a second start finds the library, the ids and the certificate again', async () => {
  const stateDir = await temporaryDir();
  const first = await startSimulator({ port: 0, stateDir, datasets: 'none' });
  first.library.put('a.csv', 'one');
  first.library.put('a.csv', 'two');
  first.library.put('Sub/b.csv', 'b');
  first.library.put('gone.csv', 'x');
  first.library.remove('gone.csv');
  const listed = first.library.list();
  const authority = await readFile(first.caFile, 'utf8');
  await first.close();

  const second = await testSimulator({ stateDir });

  expect(second.library.list()).toEqual(listed);
  expect(second.library.read('a.csv').toString()).toBe('two');
  expect(second.library.everHeld('gone.csv')).toBe(true);
  expect(await readFile(second.caFile, 'utf8')).toBe(authority);
});

test('a change that was cut off in the middle of writing is as if it had never been', async () => {
  const stateDir = await temporaryDir();
  const first = await startSimulator({ port: 0, stateDir, datasets: 'none' });
  first.library.put('a.csv', 'one');
  const listed = first.library.list();
  await first.close();
  const journal = join(stateDir, 'libraries', 'none-1', 'journal.jsonl');
  await writeFile(journal, '{"guid":"half', { flag: 'a' });

  const second = await startSimulator({ port: 0, stateDir, datasets: 'none' });
  second.library.put('b.csv', 'two');
  await second.close();
  const third = await testSimulator({ stateDir });

  expect(third.library.list().map((file) => file.path)).toEqual(['a.csv', 'b.csv']);
  expect(third.library.list()[0]).toEqual(listed[0]);
});

test('a directory is served with its folders, and what changed in it since shows at the next start', async () => {
  const files = await temporaryDir();
  const stateDir = await temporaryDir();
  await mkdir(join(files, 'deep', 'er'), { recursive: true });
  await writeFile(join(files, 'a.csv'), 'a');
  await writeFile(join(files, 'gone.csv'), 'x');
  await writeFile(join(files, 'deep', 'er', 'b 1.csv'), 'b');
  await utimes(join(files, 'deep', 'er', 'b 1.csv'), new Date(), new Date('2025-01-02T03:04:05Z'));
  const first = await startSimulator({ port: 0, stateDir, files });
  const before = new Map(first.library.list().map((file) => [file.path, file]));
  await first.close();
  await writeFile(join(files, 'a.csv'), 'changed');
  await rm(join(files, 'gone.csv'));

  const second = await testSimulator({ stateDir, files });
  const after = new Map(second.library.list().map((file) => [file.path, file]));

  expect([...before.keys()]).toEqual(['a.csv', 'deep/er/b 1.csv', 'gone.csv']);
  expect([...after.keys()]).toEqual(['a.csv', 'deep/er/b 1.csv']);
  expect(after.get('deep/er/b 1.csv')).toEqual(before.get('deep/er/b 1.csv'));
  expect(after.get('deep/er/b 1.csv')!.modifiedAt).toBe('2025-01-02T03:04:05Z');
  expect(after.get('a.csv')).toMatchObject({
    id: before.get('a.csv')!.id,
    quickXorHash: quickXorHash(Buffer.from('changed')),
  });
});

test('a directory that is not there is an error that names it', async () => {
  const missing = join(await temporaryDir(), 'nowhere');

  const start = testSimulator({ files: missing });

  await expect(start).rejects.toThrow(ServedDirectoryUnusable);
  await expect(testSimulator({ files: missing })).rejects.toThrow(
    `${missing}, whose files are to be served, does not exist`,
  );
});

test("a port that is taken is the system's own error", async () => {
  const { port } = new URL((await testSimulator()).url);

  await expect(testSimulator({ port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test("the private key is its owner's alone, and the certificate holds for both host names", async () => {
  const stateDir = await temporaryDir();
  const simulator = await testSimulator({ stateDir });

  const key = await stat(join(stateDir, 'tls', 'server-key.pem'));
  const authority = new X509Certificate(await readFile(simulator.caFile));
  const certificate = new X509Certificate(await readFile(join(stateDir, 'tls', 'server.pem')));

  expect(key.mode & 0o777).toBe(0o600);
  expect(authority.ca).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.checkIssued(authority)).toBe(true);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

test('a certificate of other host names is replaced by one that holds for those that are asked for', async () => {
  const dir = await temporaryDir();
  const here = await openServerCertificate(dir, ['localhost', '127.0.0.1']);

  const there = await openServerCertificate(dir, ['simulator', 'content.simulator']);
  const again = await openServerCertificate(dir, ['simulator', 'content.simulator']);

  const certificate = new X509Certificate(there.certificate);
  expect(there.certificate).not.toBe(here.certificate);
  expect(again.certificate).toBe(there.certificate);
  expect(certificate.checkHost('simulator')).toBe('simulator');
  expect(certificate.checkHost('content.simulator')).toBe('content.simulator');
  expect(certificate.checkHost('localhost')).toBeUndefined();
});

test('a client that knows it by another name is led to that name, and to contents beside it', async () => {
  const simulator = await testSimulator();
  simulator.library.put('a.csv', 'a,b\n1,2\n');
  const { port } = new URL(simulator.url);
  const client = new HttpClient(simulator);
  const token = `Bearer ${await client.signIn()}`;
  const dispatcher = new Agent({
    connect: { ca: await readFile(simulator.caFile), checkServerIdentity: () => undefined },
  });
  const children = `${simulator.url}/v1.0${await driveOf(client)}/root:/Reports:/children`;

  const listed = await request(children, {
    dispatcher,
    headers: { host: `simulator:${port}`, authorization: token },
  });
  const page = (await listed.body.json()) as { '@odata.context': string; value: GraphItem[] };
  const download = new URL(page.value[0]?.['@microsoft.graph.downloadUrl'] ?? '');
  const [there, here] = await Promise.all(
    [download.host, `simulator:${port}`].map((host) =>
      request(`${simulator.url}${download.pathname}${download.search}`, { dispatcher, headers: { host } }),
    ),
  );

  expect(page['@odata.context']).toMatch(`https://simulator:${port}/`);
  expect(download.host).toBe(`content.simulator:${port}`);
  expect(await there?.body.text()).toBe('a,b\n1,2\n');
  expect(here?.statusCode).toBe(404);
});

test('a damaged certificate is replaced by a new one', async () => {
  const stateDir = await temporaryDir();
  await (await startSimulator({ port: 0, stateDir, datasets: 'none' })).close();
  await writeFile(join(stateDir, 'tls', 'server.pem'), 'rubbish');

  const client = new HttpClient(await testSimulator({ stateDir }));

  expect((await client.raw('/sim')).status).toBe(200);
});

test('closing cuts connections that are still open and frees the port', async () => {
  const simulator = await startSimulator({ port: 0, stateDir: await temporaryDir(), datasets: 'none' });
  const port = Number(new URL(simulator.url).port);
  const idle = connect(port, '127.0.0.1');
  await new Promise((resolve) => idle.once('connect', resolve));
  await new HttpClient(simulator).raw('/sim');
  const cut = new Promise((resolve) => idle.once('close', resolve));
  idle.on('error', () => undefined);

  await simulator.close();

  await cut;
  const again = await testSimulator({ port });
  expect(new URL(again.url).port).toBe(String(port));
});

test('5,000 files are listed, and found again after a restart', async () => {
  const stateDir = await temporaryDir();
  const first = await startSimulator({ port: 0, stateDir, datasets: 'none' });
  const content = Buffer.alloc(10_000, 'x');
  for (let index = 0; index < 5000; index += 1) first.library.put(`f${index}.csv`, content);
  await first.close();

  const second = await testSimulator({ stateDir });
  const client = new HttpClient(second);
  const ids = new Set<string>();
  let next: string | undefined = `${await driveOf(client)}/root:/Reports:/children?$top=1000`;
  while (next !== undefined) {
    const page: { value: GraphItem[]; '@odata.nextLink'?: string } = await client.json(next);
    for (const item of page.value) ids.add(item.id);
    next = page['@odata.nextLink'];
  }

  expect(ids.size).toBe(5000);
});
