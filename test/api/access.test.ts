import { afterAll, beforeAll, expect, test } from 'vitest';

import { mayActAs, type Role, roles } from '../../src/domain/role.ts';
import { bearer, TestApi } from './test-api.ts';

let api: TestApi;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  api = await TestApi.start('', (settings) => ({
    ...settings,
    api: { ...settings.api, requireToken: true },
  }));
  for (const role of roles) tokens.set(role, await api.token(role));
});

afterAll(() => api[Symbol.asyncDispose]());

/** Who may use which route, least first; the table of docs/scheduling-api.md says the same. */
const needed: Readonly<Record<string, Role | 'public'>> = {
  'GET /livez': 'public',
  'GET /readyz': 'public',
  'GET /health': 'public',
  'GET /openapi.json': 'public',
  'GET /metrics': 'viewer',
  'GET /scheduler/status': 'viewer',
  'GET /scheduler/health': 'viewer',
  'GET /scheduler/jobs': 'viewer',
  'GET /scheduler/jobs/{job_id}': 'viewer',
  'GET /scheduler/jobs/{job_id}/history': 'viewer',
  'GET /scheduler/jobs/{job_id}/statistics': 'viewer',
  'GET /scheduler/presets': 'viewer',
  'GET /scheduler/config/export': 'viewer',
  'POST /scheduler/jobs/{job_id}/run': 'operator',
  'POST /scheduler/jobs/{job_id}/pause': 'operator',
  'POST /scheduler/jobs/{job_id}/resume': 'operator',
  'POST /scheduler/jobs/{job_id}/backfill': 'operator',
  'POST /scheduler/jobs/cron': 'admin',
  'POST /scheduler/jobs/interval': 'admin',
  'POST /scheduler/jobs/onetime': 'admin',
  'POST /scheduler/presets/{preset_name}': 'admin',
  'POST /scheduler/config/import': 'admin',
  'DELETE /scheduler/jobs/{job_id}': 'admin',
  'GET /pipeline/runs': 'viewer',
  'GET /pipeline/runs/{run_id}': 'viewer',
  'GET /pipeline/reports': 'viewer',
  'POST /pipeline/run': 'operator',
  'POST /pipeline/runs/{run_id}/cancel': 'operator',
  'POST /pipeline/runs/{run_id}/retry': 'operator',
  'POST /ingest': 'operator',
  'GET /files': 'viewer',
  'GET /files/{file_id}': 'viewer',
  'GET /quarantine': 'viewer',
  'GET /quarantine/{file_id}': 'viewer',
  'POST /quarantine/{file_id}/retry': 'operator',
  'POST /quarantine/{file_id}/discard': 'operator',
  'GET /tokens': 'admin',
  'POST /tokens': 'admin',
  'DELETE /tokens/{token_id}': 'admin',
  'GET /audit': 'admin',
};

/** Names of nothing: what is let in comes as far as not to be found, or not to be valid. */
const nothing: Readonly<Record<string, string>> = {
  '{job_id}': 'nobody',
  '{run_id}': 'nobody',
  '{file_id}': '999999',
  '{token_id}': '000000000000',
  '{preset_name}': 'nothing',
};

function ask(route: string, headers: Record<string, string>): ReturnType<TestApi['get']> {
  const [method = '', path = ''] = route.split(' ');
  const url = path.replace(/\{\w+\}/, (name) => nothing[name] ?? name);
  return api.app.inject({ method: method as 'GET', url, headers });
}

test('every route that is served is in the document or is public, and in the table below', async () => {
  const document = (await api.get('/openapi.json')).json<{
    paths: Record<string, Record<string, unknown>>;
  }>();
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const undocumented = ['GET /openapi.json'];
  expect([...documented, ...undocumented].sort()).toEqual(Object.keys(needed).sort());
  const [, served = ''] = api.app.printRoutes({ commonPrefix: false }).split(/(?=├── \/openapi\.json)/);
  expect(served.match(/\b(?:GET|POST|PUT|PATCH|DELETE|OPTIONS)\b/g)).toHaveLength(Object.keys(needed).length);
});

test.for(Object.entries(needed))('%s is for %s: nobody else is let in', async ([route, least]) => {
  const expected = least === 'public' ? null : least;
  const { statusCode: unknown } = await ask(route, {});
  const { statusCode: wrong } = await ask(route, bearer(`chr_${'0'.repeat(12)}_${'x'.repeat(43)}`));
  expect([unknown, wrong].map((status) => status === 401)).toEqual(
    expected === null ? [false, false] : [true, true],
  );
  for (const role of roles) {
    const { statusCode } = await ask(route, bearer(tokens.get(role) ?? ''));
    const isLetIn = expected === null || mayActAs(role, expected);
    if (isLetIn) expect([401, 403], `as ${role}`).not.toContain(statusCode);
    else expect(statusCode, `as ${role}`).toBe(403);
    expect(statusCode, `as ${role}`).toBeLessThan(500);
  }
});

test('a token holds until it expires or is revoked, its use is noted, and its secret is nowhere', async () => {
  const admin = bearer(tokens.get('admin') ?? '');
  const made = await api.post('/tokens', { name: 'grafana', role: 'viewer', expires_in_days: 1 }, admin);
  expect(made.statusCode).toBe(201);
  const { token, token_id: id } = made.json<{ token: string; token_id: string }>();
  expect((await api.get('/files', bearer(token))).statusCode).toBe(200);
  expect((await api.get('/files', bearer(`${token.slice(0, -1)}~`))).statusCode).toBe(401);

  const shown = (await api.get('/tokens', admin)).json<{
    items: { token_id: string; last_used_at: unknown }[];
  }>();
  expect(shown.items.find(({ token_id }) => token_id === id)?.last_used_at).not.toBeNull();
  const secret = token.split('_').slice(2).join('_');
  expect(JSON.stringify(await api.sql`select * from api_tokens`)).not.toContain(secret);
  expect(JSON.stringify(shown)).not.toContain(secret);

  expect((await api.delete(`/tokens/${id}`, admin)).json()).toMatchObject({ revoked_by: 'a admin' });
  const refused = await api.get('/files', bearer(token));
  expect(refused.statusCode).toBe(401);
  expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
  const expired = await api.token('admin', new Date(Date.now() - 1000));
  expect((await api.get('/files', bearer(expired))).statusCode).toBe(401);
});

test('the audit log has every change and every refusal, and nobody can change an entry', async () => {
  const [viewer, admin] = [bearer(tokens.get('viewer') ?? ''), bearer(tokens.get('admin') ?? '')];
  await api.get('/files', { ...viewer, 'x-request-id': 'read-1' });
  await api.post('/pipeline/run', undefined, { ...viewer, 'x-request-id': 'refused-1' });
  await api.post('/tokens', { name: 'x', role: 'viewer' }, { ...admin, 'x-request-id': 'made-1' });

  // They are written once their requests are answered.
  const entries = async () =>
    (await api.get('/audit?limit=20', admin))
      .json<{ items: { request_id: string }[] }>()
      .items.filter(({ request_id: id }) => ['read-1', 'refused-1', 'made-1'].includes(id));
  await expect.poll(entries).toMatchObject([
    { actor: 'a admin', request_id: 'made-1', method: 'POST', path: '/tokens', status: 201 },
    { actor: 'a viewer', request_id: 'refused-1', method: 'POST', path: '/pipeline/run', status: 403 },
  ]);
  await expect(api.sql`update api_audit set actor = 'nobody'`).rejects.toThrow('stays as it is');
});

test('without tokens, programs of this machine are served, and pages of other origins and proxies are not', async () => {
  await using open = await TestApi.start();
  expect((await open.get('/files', { host: '127.0.0.1:8000' })).statusCode).toBe(200);
  expect((await open.get('/files', { host: 'rebound.example.com' })).statusCode).toBe(403);
  expect((await open.get('/files', { host: 'localhost', 'sec-fetch-site': 'cross-site' })).statusCode).toBe(
    403,
  );
  expect((await open.get('/files', { host: 'localhost', 'sec-fetch-site': 'same-origin' })).statusCode).toBe(
    200,
  );
  // Who that asks for somebody else, and calls us by our own address, is a proxy.
  for (const told of ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'])
    expect((await open.get('/files', { host: '127.0.0.1:8000', [told]: '192.0.2.1' })).statusCode).toBe(403);
  // Whoever brings a token has its role, also here.
  const viewer = bearer(await open.token('viewer'));
  expect((await open.get('/tokens', { host: 'localhost', ...viewer })).statusCode).toBe(403);
});
