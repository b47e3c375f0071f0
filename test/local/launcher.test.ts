import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const oldNode = await findOldNode();

/** A Node on PATH that cannot run TypeScript by itself. */
async function findOldNode(): Promise<string | null> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    try {
      await access(path);
      const { stdout } = await promisify(execFile)(path, ['--version']);
      const [major = 0, minor = 0] = stdout.slice(1).split('.').map(Number);
      if (major < 22 || (major === 22 && minor < 18)) return path;
    } catch {
      // No Node in this folder.
    }
  }
  return null;
}

/** The launcher, with `source` in place of the command line program. */
async function project(source: string): Promise<string> {
  const folder = await temporaryFolder();
  await cp(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'src/commands'), { recursive: true });
  await writeFile(join(folder, 'src/commands/main.ts'), source);
  return folder;
}

interface Run {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(node: string, folder: string, ...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(node, [join(folder, 'bin/charlie.js'), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

const report = `const version: string = process.version;
process.stdout.write(JSON.stringify([version, ...process.argv.slice(2)]));
process.exitCode = 9;`;

test('on a Node that can run TypeScript the program is run in the same process, without a warning', async () => {
  const folder = await project(report);
  expect(await run(process.execPath, folder, 'up', 'a b')).toEqual({
    code: 9,
    stdout: JSON.stringify([process.version, 'up', 'a b']),
    stderr: '',
  });
});

describe.runIf(oldNode !== null)('on an older Node', () => {
  test('the one of the project is used, with arguments and exit code', async () => {
    const folder = await project(report);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const { code, stdout, stderr } = await run(oldNode!, folder, 'up', 'a b');
    expect({ code, stderr }).toEqual({ code: 9, stderr: '' });
    expect(stdout).toMatch(/^\["v2[2-9]\..*","up","a b"\]$/);
  });

  test('a Ctrl-C of the terminal reaches the program once, and so does a signal to the launcher', async () => {
    const folder = await project(`
      process.on('SIGINT', () => { process.stdout.write('interrupted '); });
      process.on('SIGTERM', () => { process.stdout.write('ended'); process.exit(3); });
      setInterval(() => undefined, 1000);
      process.stdout.write('ready ' + process.pid + ' ');`);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const launcher = spawn(oldNode!, [join(folder, 'bin/charlie.js')], { detached: true, stdio: 'pipe' });
    let output = '';
    launcher.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await expect.poll(() => output, { timeout: 20_000 }).toMatch(/^ready \d+ $/);
    // A terminal sends it to the whole process group: the program must be in another.
    const { stdout } = await promisify(execFile)('ps', ['-o', 'pgid=', '-p', output.split(' ')[1]!]);
    expect(Number(stdout)).not.toBe(launcher.pid);
    process.kill(-launcher.pid!, 'SIGINT');
    await expect.poll(() => output).toContain('interrupted');
    process.kill(launcher.pid!, 'SIGTERM');
    expect(await once(launcher, 'exit')).toEqual([3, null]);
    expect(output).toMatch(/^ready \d+ interrupted ended$/);
  });

  test('without the one of the project it says what to do', async () => {
    const { code, stdout, stderr } = await run(oldNode!, await project(report));
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain('npm rebuild node');
  });
});
