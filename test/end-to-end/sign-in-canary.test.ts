import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createLogger } from '../../src/telemetry/logger.ts';
import { startWorker } from '../../src/worker.ts';
import { Pipeline } from '../support/pipeline.ts';
import { rsaCertificate } from '../support/rsa-certificate.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

test('No key, assertion or token of a sign-in by certificate is in the log, the history or the database, whether it succeeds or not', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'charlie-canary-'));
  const [registered, other] = [await rsaCertificate(), await rsaCertificate()];
  const file = join(dir, 'client.pem');
  const log = join(dir, 'log');
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    worker: false,
    env: {
      CHARLIE_SHAREPOINT__SIGN_IN: 'certificate',
      CHARLIE_SHAREPOINT__CLIENT_CERTIFICATE_FILE: file,
    },
  });
  const { settings, simulator, client, sql } = pipeline;
  simulator.app.certificates.push(new X509Certificate(registered.certificate));
  simulator.library.put('sales 1.csv', salesCsv(manySales(3)));
  const logger = await createLogger({ level: 'DEBUG', to: log, rotatedDir: null });
  const worker = await startWorker({ settings, databaseUrl: settings.database.url!, logger });
  const ids: string[] = [];
  async function sync(): Promise<unknown> {
    const run = await pipeline.startSync();
    ids.push(run.workflowId);
    return await run.result().catch((error: unknown) => error);
  }
  try {
    writeFileSync(file, `${other.certificate}\n${other.key}`);
    expect(await sync()).toHaveProperty('cause.cause.type', 'SignInRefused');
    writeFileSync(file, other.certificate);
    expect(await sync()).toHaveProperty('cause.cause.type', 'CertificateUnusable');
    writeFileSync(file, `${registered.certificate}\n${registered.key}`);
    expect(await sync()).toMatchObject({ status: 'succeeded', ingested: 1 });
    // The token is revoked between two runs, and Graph demands claims of the next one.
    simulator.app.revokeTokens(new Date());
    expect(await sync()).toMatchObject({ status: 'succeeded', skipped: 1 });
  } finally {
    worker.shutdown();
    await worker.ended;
  }

  const histories = await Promise.all(ids.map((id) => client.workflow.getHandle(id).fetchHistory()));
  const payloads = JSON.stringify(histories, (name, value: unknown) =>
    name === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value,
  );
  expect(payloads).toContain('nominalTime');
  const rows = await sql`select to_jsonb(r) as row from charlie.run_history r`;
  const shown = [readFileSync(log, 'utf8'), payloads, JSON.stringify(rows)].join('\n');
  expect(shown.includes('AADSTS700027')).toBe(true);
  const keys = [registered, other].flatMap(({ key }) => key.split('\n').slice(1, 4));
  for (const canary of [...keys, simulator.connection.clientSecret]) {
    expect(canary.length).toBeGreaterThan(20);
    expect(shown.includes(canary), 'a secret is shown').toBe(false);
  }
  // Of assertions and tokens: how each JSON web token begins.
  expect(/eyJ[\w-]{10}|tempauth=/.exec(shown)).toBeNull();
  await rm(dir, { recursive: true });
});
