import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode, type Logger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const root = fileURLToPath(new URL('../', import.meta.url));
const sources = ['workflows', 'src/domain'];

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/**
 * The code that workflows run as. It is made once for each state of the sources and each version of the SDK, which
 * takes seconds, and kept as `dist/workflow-bundle-<hash>.js`; `npm run build` makes it ahead for an image whose file
 * system cannot be written.
 */
export function workflowBundle(logger: Logger): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= findOrMake(logger);
  return bundle;
}

async function findOrMake(logger: Logger): Promise<WorkflowBundleWithSourceMap> {
  const path = join(root, 'dist', `workflow-bundle-${await sourceHash()}.js`);
  const kept = await readBundle(path);
  if (kept !== null) return kept;

  const made = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows/index.ts'),
    logger: warningsOf(logger),
  });
  await keepBundle(path, made.code, logger);
  return made;
}

/** What the bundler says when all is well is a page long. */
function warningsOf(logger: Logger): Logger {
  const silent = (): undefined => undefined;
  return {
    trace: silent,
    debug: silent,
    info: silent,
    warn: logger.warn.bind(logger),
    error: logger.error.bind(logger),
    log: (level, message, meta) => {
      if (level === 'WARN' || level === 'ERROR') logger.log(level, message, meta);
    },
  };
}

async function readBundle(path: string): Promise<WorkflowBundleWithSourceMap | null> {
  try {
    return { code: await readFile(path, 'utf8'), sourceMap: 'deprecated: this is no longer in use\n' };
  } catch {
    return null;
  }
}

async function keepBundle(path: string, code: string, logger: Logger): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await mkdir(join(root, 'dist'), { recursive: true });
    await writeFile(temporary, code);
    await rename(temporary, path);
  } catch (error) {
    logger.warn('The workflow bundle could not be kept: the next start makes it again', { path, error });
  }
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  const require = createRequire(import.meta.url);
  hash.update((require('@temporalio/worker/package.json') as { version: string }).version);
  for (const folder of sources) {
    for (const name of (await readdir(join(root, folder))).sort()) {
      if (name.endsWith('.ts')) hash.update(`${name}\n${await readFile(join(root, folder, name), 'utf8')}`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}
