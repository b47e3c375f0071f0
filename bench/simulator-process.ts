import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../src/local/ports.ts';

/**
 * A SharePoint with so many files `items_N.csv` of one row, in a process of its own, as SharePoint is: what it costs to
 * answer is not the worker's time. `env`: how to reach it.
 */
export async function startSimulatorProcess(
  dir: string,
  files: number,
): Promise<{ readonly env: Record<string, string>; stop(): Promise<void> }> {
  const served = join(dir, `served-${files}`);
  await mkdir(served);
  for (let file = 0; file < files; file++)
    await writeFile(join(served, `items_${file}.csv`), `id\n${file}\n`);
  const program = fileURLToPath(new URL('../bin/charlie.js', import.meta.url));
  const args = [
    'simulator',
    '--port',
    `${await freePort()}`,
    '--files',
    served,
    '--state-dir',
    join(dir, `simulator-${files}`),
  ];
  const child = spawn(process.execPath, [program, ...args], {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));

  const env: Record<string, string> = {};
  let said = '';
  for await (const data of child.stderr) {
    said += String(data);
    for (const [, name = '', value = ''] of said.matchAll(/(CHARLIE_\w+)="(.*)"\n/g)) env[name] = value;
    if ('CHARLIE_SHAREPOINT__CA_FILE' in env) break;
  }
  return {
    env,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
