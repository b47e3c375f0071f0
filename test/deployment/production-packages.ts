import { existsSync, readFileSync } from 'node:fs';
import { cp, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** What `npm ci --omit=dev` installs, copied from the packages that are installed here: no registry is asked. */
export async function copyProductionPackages(from: string, to: string): Promise<void> {
  for (const path of productionPackages(from, { optional: true })) {
    const source = join(from, path);
    // Packages within packages are in the list themselves.
    const filter = (each: string) => !relative(source, each).split(sep).includes('node_modules');
    await cp(source, join(to, path), { recursive: true, filter });
  }
}

/** What `npm prune --omit=optional` removes. */
export async function removeOptionalPackages(root: string): Promise<void> {
  const needed = new Set(productionPackages(root, { optional: false }));
  for (const path of productionPackages(root, { optional: true }))
    if (!needed.has(path)) {
      await rm(join(root, path), { recursive: true, force: true });
      const scope = dirname(join(root, path));
      if ((await readdir(scope)).length === 0) await rmdir(scope);
    }
}

/** Folders below `root`, as Node finds what the packages of package.json depend on. */
function productionPackages(root: string, { optional }: { readonly optional: boolean }): string[] {
  const found = new Set<string>();
  const waiting = ['.'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Manifest;
    for (const name of dependenciesOf(manifest, optional)) {
      const at = resolve(root, path, name);
      if (at === null && !(name in (manifest.optionalDependencies ?? {})))
        throw new Error(`${path} needs ${name}, which is not installed`);
      if (at === null || found.has(at)) continue;
      found.add(at);
      waiting.push(at);
    }
  }
  return [...found].sort();
}

/** npm also writes the optional ones among the dependencies. */
function dependenciesOf(manifest: Manifest, optional: boolean): string[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter(
    (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
  );
  const names = [...Object.keys(dependencies), ...peers].filter((name) => !(name in optionalDependencies));
  return optional ? [...names, ...Object.keys(optionalDependencies)] : names;
}

/** The nearest `node_modules` upwards that has it. */
function resolve(root: string, from: string, name: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(root, path, 'package.json'))) return path;
    if (folder === '.') return null;
  }
}
