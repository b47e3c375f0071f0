#!/usr/bin/env node
// Plain JavaScript, and nothing newer than Node 18 understands: it finds a Node that can run the TypeScript sources.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The first version of Node that strips types without a flag.
const [oldestMajor, oldestMinor] = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
  // Halves what a start costs: otherwise all TypeScript is stripped and compiled anew. Without effect where it cannot be kept.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/charlie', import.meta.url)));
  await import('../src/commands/main.ts');
} else {
  const node = bundledNode();
  if (node === null) {
    process.stderr.write(
      `charlie needs Node ${oldestMajor}.${oldestMinor} or later, and this is ${process.versions.node}. The npm package "node" ` +
        'brings one along, and it is not there: run `npm ci` in the folder of the project. When npm says that install ' +
        'scripts were blocked, allow those that package.json names under "allowScripts" and run `npm rebuild node`.\n',
    );
    process.exitCode = 7;
  } else {
    runIn(node);
  }
}

function bundledNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const path = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

function runIn(node) {
  // In a process group of its own: Ctrl-C in a terminal would otherwise reach it twice, from the terminal and from here.
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit', detached: true });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`${node} could not be started: ${error.message}\n`);
    process.exitCode = 7;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
    for (const name of signals) process.removeAllListeners(name);
  });
}
