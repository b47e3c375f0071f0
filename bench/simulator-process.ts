import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../src/local/ports.ts';

const program = fileURLToPath(new URL('../bin/charlie.js', import.meta.url));

export interface SimulatorProcess {
  /** The settings that lead to it, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Serves the files of `served`, in a process of its own, as SharePoint is: what it costs to answer is not the worker's time. */
export async function startSimulatorProcess(dir: string, served: string): Promise<SimulatorProcess> {
  const args = ['--port', `${await freePort()}`, '--files', served, '--state-dir', join(dir, 'simulator')];
  const child = spawn(process.execPath, [program, 'simulator', ...args], {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // A benchmark that is interrupted leaves nothing behind.
  const abandon = (): boolean => child.kill('SIGKILL');
  process.once('exit', abandon);
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
      process.off('exit', abandon);
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** So many files `items_N.csv` of one row, in a new folder of `dir`; returns that. */
export async function writeItems(dir: string, files: number): Promise<string> {
  const served = join(dir, 'served');
  await mkdir(served);
  for (let file = 0; file < files; file++)
    await writeFile(join(served, `items_${file}.csv`), `id\n${file}\n`);
  return served;
}
