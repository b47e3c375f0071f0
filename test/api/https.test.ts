import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { pino } from 'pino';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';

import { ApiCertificateUnusable, type ServedApi, serveApi } from '../../src/api/serve-api.ts';
import { openServerCertificate } from '../../src/simulator/certificates.ts';
import { bearer, TestApi } from './test-api.ts';

test('with a certificate it speaks HTTPS alone, and tells browsers to keep to that', async () => {
  await using api = await TestApi.start();
  const { caFile } = await openServerCertificate(api.dir, ['localhost', '127.0.0.1']);
  const served = await serve(api, join(api.dir, 'server-key.pem'));
  const trusting = new Agent({ connect: { ca: await readFile(caFile, 'utf8') } });
  try {
    expect(served.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const headers = bearer(await api.token('viewer'));
    const answer = await request(`${served.url}/scheduler/jobs`, { dispatcher: trusting, headers });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d+/);
    await answer.body.dump();

    await expect(request(`${served.url}/livez`)).rejects.toThrow(/certificate/);
    await expect(request(served.url.replace('https', 'http'))).rejects.toThrow();
  } finally {
    await trusting.close();
    await served.close();
  }
});

test('a key that does not belong to the certificate, or is not there, is refused before anything listens', async () => {
  await using api = await TestApi.start();
  await openServerCertificate(api.dir, ['localhost']);
  await openServerCertificate(join(api.dir, 'other'), ['localhost']);
  for (const key of [join('other', 'server-key.pem'), 'missing.pem', 'ca.pem']) {
    await expect(serve(api, join(api.dir, key))).rejects.toThrow(ApiCertificateUnusable);
  }
});

function serve({ settings, sql, client, dir }: TestApi, tlsKeyFile: string): Promise<ServedApi> {
  const tlsCertificateFile = join(dir, 'server.pem');
  const api = { ...settings.api, port: 0, tlsCertificateFile, tlsKeyFile };
  const logger = pino({ level: 'silent' });
  return serveApi({ sql, client, logger, settings: { ...settings, api } });
}
