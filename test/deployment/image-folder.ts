import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { argumentsOf, environmentOf, type Instruction } from './dockerfile.ts';
import { copyProductionPackages, removeOptionalPackages } from './production-packages.ts';
import { root as project, readFromRoot } from './topology.ts';

const execute = promisify(execFile);

/** Only these need another way here than in a build: no registry is asked, and nothing of this machine is touched. */
const standIns: Readonly<Record<string, (root: string) => Promise<void>>> = {
  'npm ci --omit=dev --ignore-scripts': (root) => copyProductionPackages(project, join(root, 'app')),
  'npm prune --omit=dev --omit=optional --ignore-scripts': (root) =>
    removeOptionalPackages(join(root, 'app')),
  'apt-get update && apt-get install --yes --no-install-recommends ca-certificates tini && rm -rf /var/lib/apt/lists/*':
    () => Promise.resolve(),
};

/** Folders of the image that its own steps, and docker-compose.yml, name. */
const inside = /(?<![\w./:])\/(?:app|data|etc\/charlie|run\/secrets|usr\/local\/bin|tmp)(?![\w.-])/g;

/** The user of the image; whoever is not root can be nobody else. */
export const user = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

const systemPath = '/usr/bin:/bin';

/** What the Dockerfile makes, below a folder in place of `/`. */
export class ImageFolder {
  readonly root: string;
  readonly #dockerfile: readonly Instruction[];

  /** Follows the Dockerfile step by step. The folder cannot be written afterwards, except where volumes are. */
  static async build(folder: string, dockerfile: readonly Instruction[]): Promise<ImageFolder> {
    const stages = new Map<string, string>();
    let root = '';
    let workdir = '/';
    for (const { name, text } of dockerfile) {
      if (name === 'FROM') {
        root = join(folder, `stage-${stages.size}`);
        workdir = '/';
        stages.set(/ AS (\w+)$/.exec(text)?.[1] ?? 'image', root);
        putNode(root);
      } else if (name === 'WORKDIR') {
        workdir = text;
        mkdirSync(join(root, workdir), { recursive: true });
      } else if (name === 'COPY') copy(text, join(root, workdir), { root, stages });
      else if (name === 'RUN') await (standIns[text]?.(root) ?? step(text, root, workdir));
    }
    await execute('chmod', ['-R', 'a-w', join(root, 'app')]);
    mkdirSync(join(root, 'tmp'));
    chmodSync(join(root, 'tmp'), 0o1777);
    return new ImageFolder(root, dockerfile);
  }

  private constructor(root: string, dockerfile: readonly Instruction[]) {
    this.root = root;
    this.#dockerfile = dockerfile;
  }

  /** With the paths of the container as they are here. */
  at(text: string): string {
    return text.replace(inside, (path) => `${this.root}${path}`);
  }

  /** The environment of the image, and what is given, for a container of that name. */
  environment(container: string, given: Readonly<Record<string, string>>): Record<string, string> {
    const temporary = join(this.root, 'tmp', container);
    mkdirSync(temporary, { recursive: true });
    chmodSync(temporary, 0o1777);
    const mapped = Object.entries({ ...environmentOf(this.#dockerfile), ...given }).map(([key, value]) => [
      key,
      this.at(value),
    ]);
    return {
      PATH: `${join(this.root, 'usr/local/bin')}:${systemPath}`,
      TMPDIR: temporary,
      ...(Object.fromEntries(mapped) as Record<string, string>),
    };
  }

  /** The command line of a container; without tini where there is none. */
  commandLine(command: readonly string[]): [string, ...string[]] {
    const [tini = '', dashes = '', ...entrypoint] = argumentsOf(this.#dockerfile, 'ENTRYPOINT');
    const hasTini = spawnSync(tini, ['--version'], { env: { PATH: systemPath } }).status === 0;
    const line = [...(hasTini ? [tini, dashes] : []), ...entrypoint, ...command];
    return line.map((each) => this.at(each)) as [string, ...string[]];
  }
}

/** The base image has Node and npm; npm is this machine's. */
function putNode(root: string): void {
  const bin = join(root, 'usr/local/bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync(process.execPath, join(bin, 'node'));
  chmodSync(join(root, '..'), 0o755);
}

interface CopyPlaces {
  readonly root: string;
  readonly stages: ReadonlyMap<string, string>;
}

/** A folder is moved from an earlier stage, which nobody needs any more. */
function copy(text: string, workdir: string, { root, stages }: CopyPlaces): void {
  const [, stage, from = '', to = ''] = /^(?:--from=(\w+) )?(.+) (\S+)$/.exec(text) ?? [];
  if (stage !== undefined) {
    renameSync(join(stages.get(stage) ?? '', from), join(root, to));
    return;
  }
  for (const source of from.split(' ')) {
    if (!readFromRoot('.dockerignore').split('\n').includes(`!${source}`))
      throw new Error(`.dockerignore keeps ${source} out of the build`);
    cpSync(join(project, source), to === './' ? join(workdir, source) : join(workdir, to), {
      recursive: true,
    });
  }
}

async function step(text: string, root: string, workdir: string): Promise<void> {
  const mapped = text.replace(inside, (path) => `${root}${path}`);
  // Who is not root owns everything already.
  const script = process.getuid?.() === 0 ? mapped : mapped.replace(/ && chown .*$/, '');
  const path = `${join(root, 'usr/local/bin')}:${process.env['PATH'] ?? ''}`;
  await execute('bash', ['-ec', script], { cwd: join(root, workdir), env: { ...process.env, PATH: path } });
}
