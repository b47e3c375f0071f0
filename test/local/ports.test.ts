import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { checkPorts, freePort, PortTaken } from '../../src/local/ports.ts';

const postgres = { who: 'Postgres', flag: '--postgres-port' };

test('a port that is taken is named, with who needs it and the option to choose another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const checked = checkPorts([
    { port: await freePort(), who: 'the simulator', flag: '--simulator-port' },
    { port, ...postgres },
  ]);
  await expect(checked).rejects.toThrow(PortTaken);
  await expect(checked).rejects.toThrow(new RegExp(`Port ${port} .* Postgres .* --postgres-port`));
});

test('a port that was found free and checked can be listened on afterwards', async () => {
  const port = await freePort();
  await checkPorts([{ port, ...postgres }]);
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
});
