import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { problemKinds } from '../../src/api/problem.ts';
import { bearer, TestApi } from './test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});

afterAll(() => api[Symbol.asyncDispose]());

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly headers?: Readonly<Record<string, unknown>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

test('docs/openapi.json is what /openapi.json answers', async () => {
  const answer = await api.get('/openapi.json');

  expect(answer.json<Document>().openapi).toBe('3.1.0');
  await expect(`${JSON.stringify(answer.json(), null, 2)}\n`).toMatchFileSnapshot('../../docs/openapi.json');
});

test('the document says where an answer says more: the next page of a list, and where what was made or begun is', async () => {
  const { paths } = (await api.get('/openapi.json')).json<Document>();
  const operations = Object.values(paths).flatMap((each) => Object.values(each));
  const lacking = operations
    .filter(({ operationId }) => operationId !== 'createToken')
    .flatMap(({ operationId, parameters = [], responses }) => {
      const wanted = parameters.some(({ name }) => name === 'cursor') ? [['200', 'Link']] : [];
      const made = ['201', '202']
        .filter((status) => status in responses)
        .map((status) => [status, 'Location']);
      return [...wanted, ...made]
        .filter(([status = '', header = '']) => responses[status]?.headers?.[header] === undefined)
        .map((each) => `${operationId} ${each.join(' ')}`);
    });
  expect(operations.length).toBeGreaterThan(30);
  expect(lacking).toEqual([]);
});

test('/docs shows it, and nothing of the pages comes from elsewhere', async () => {
  const page = await api.get('/docs/');
  const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);

  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) {
    expect(part).toMatch(/^\.\/static\//);
    expect((await api.get(`/docs/${part}`)).statusCode, part).toBe(200);
  }
  expect((await api.get('/docs/json')).json()).toEqual((await api.get('/openapi.json')).json());
});

function cursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

test('every answer that is no success is a problem with a request id, and tells no more than it should', async () => {
  const tooLarge = { job_id: 'x', cron: 'x'.repeat(2_000_000) };
  const answers = [
    [404, 'not_found', await api.get('/nothing/here')],
    [404, 'not_found', await api.get('/files/1')],
    [404, 'not_found', await api.post('/scheduler/jobs/nobody/run')],
    [405, 'method_not_allowed', await api.delete('/files')],
    [405, 'method_not_allowed', await api.app.inject({ method: 'PATCH', url: '/scheduler/jobs/sync' })],
    [422, 'invalid', await api.get('/files?limit=0')],
    [422, 'invalid', await api.get('/files?unknown=1')],
    [422, 'invalid', await api.post('/tokens', { name: 'x', role: 'king' })],
    [413, 'too_large', await api.post('/scheduler/jobs/cron', tooLarge)],
    [
      415,
      'unsupported_media_type',
      await api.app.inject({
        method: 'POST',
        url: '/tokens',
        payload: 'name=x',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ],
    [
      400,
      'bad_request',
      await api.app.inject({
        method: 'POST',
        url: '/tokens',
        payload: '{"name":',
        headers: { 'content-type': 'application/json' },
      }),
    ],
    [400, 'bad_request', await api.get('/files/%zz')],
    // What no database and no server could take.
    [422, 'invalid', await api.get(`/pipeline/runs?cursor=${cursor([1, '\u0000'])}`)],
    [422, 'invalid', await api.get(`/pipeline/reports?cursor=${cursor(['0000-01-01T00:00:00Z'])}`)],
    [422, 'invalid', await api.post('/scheduler/jobs/nobody/pause', { note: 'half of \ud800' })],
    [
      422,
      'invalid',
      await api.post('/scheduler/jobs/cron', { job_id: 'x', hour: 2, timezone: 'Europe/berlin' }),
    ],
  ] as const;

  for (const [status, code, answer] of answers) {
    const said = `${answer.raw.req.method} ${answer.raw.req.url}: ${answer.body.slice(0, 300)}`;
    expect(answer.statusCode, said).toBe(status);
    expect(answer.headers['content-type'], said).toBe('application/problem+json');
    expect(answer.json(), said).toMatchObject({
      type: `urn:charlie-reporting:problem:${code}`,
      title: problemKinds[code][1],
      status,
      code,
      request_id: answer.headers['x-request-id'],
    });
  }
  expect(answers[3][2].headers.allow).toBe('GET, HEAD');
  expect(answers[7][2].json()).toMatchObject({ errors: [{ in: 'body', pointer: '/role' }] });
});

test('a failure of ours is a problem that tells nothing of it', async () => {
  await using broken = await TestApi.start();
  await broken.sql`drop table charlie.api_audit`;

  const answer = await broken.get('/audit');

  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toMatchObject({ code: 'internal' });
  expect(answer.body).not.toContain('api_audit');
});

test('a database that is away is no failure of ours, and the answer says when to ask again', async () => {
  await using alone = await TestApi.start('', (settings) => ({
    ...settings,
    api: { ...settings.api, requireToken: true },
  }));
  const headers = bearer(await alone.token('viewer'));
  expect((await alone.get('/files', headers)).statusCode).toBe(200);
  await alone.sql.end();

  for (const path of ['/files', '/pipeline/runs', '/scheduler/jobs']) {
    const answer = await alone.get(path, headers);
    expect(answer.statusCode, path).toBe(503);
    expect(answer.json(), path).toMatchObject({ code: 'unavailable' });
    expect(answer.headers['retry-after'], path).toBe('5');
  }
});

test('a request id that is sensible is kept, and another one replaced', async () => {
  expect((await api.get('/livez', { 'x-request-id': 'mine-1' })).headers['x-request-id']).toBe('mine-1');
  expect((await api.get('/livez', { 'x-request-id': 'a b\tc' })).headers['x-request-id']).toMatch(
    /^[\da-f-]{36}$/,
  );
});

test('what is no HTTP, or too long, is answered as a problem, too', async () => {
  await using listening = await TestApi.start();
  await listening.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = listening.app.server.address() as { port: number };
  const ask = async (text: string): Promise<string> => {
    const socket = dial(port, '127.0.0.1');
    let said = '';
    socket.on('data', (data) => (said += data.toString()));
    socket.write(text);
    await once(socket, 'close');
    return said;
  };

  expect(await ask('nonsense\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"bad_request"/,
  );
  expect(await ask(`GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 [^]*"headers_too_large"/,
  );
  // Methods that Node reads and nobody serves.
  for (const method of ['PROPFIND', 'QUERY', 'TRACE'])
    expect(
      await ask(`${method} /files HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`),
      method,
    ).toMatch(/^HTTP\/1\.1 405 [^]*allow: GET, HEAD/i);
});

test('health says which part does not answer, and no more', async () => {
  expect((await api.get('/livez')).json()).toEqual({ status: 'ok' });
  const all = [
    { name: 'postgres', ok: true },
    { name: 'temporal', ok: true },
  ];
  for (const path of ['/readyz', '/health'])
    expect((await api.get(path)).json(), path).toEqual({ status: 'ok', checks: all });

  await using empty = await TestApi.start();
  await empty.sql`drop table charlie.start_requests`;
  const answer = await empty.get('/readyz');
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({ status: 'failing', checks: [{ name: 'postgres', ok: false }, all[1]] });
});

test('who asks too often is told to wait, and everybody sees what is left', async () => {
  await using limited = await TestApi.start('', (settings) => ({
    ...settings,
    api: { ...settings.api, requestsPerMinute: 2 },
  }));
  const answers = [];
  for (let count = 0; count < 3; count++) answers.push(await limited.get('/files'));

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
  expect(answers[0]?.headers['ratelimit-policy']).toBe('"default";q=2;w=60');
  expect(answers[0]?.headers['ratelimit']).toMatch(/^"default";r=1;t=\d+$/);
  expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(0);
  expect(answers[2]?.json()).toMatchObject({ code: 'too_many_requests' });
  expect((await limited.get('/livez')).statusCode).toBe(200);
});

test('docs/scheduling-api.md explains every kind of problem, and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/scheduling-api.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)].map(([, code = '', status]) => [
    code,
    Number(status),
  ]);
  expect(documented).toEqual(Object.entries(problemKinds).map(([code, [status]]) => [code, status]));
});
