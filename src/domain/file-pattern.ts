import type { Dataset } from './dataset.ts';

/** The dataset that takes a file of this name, as a run would decide it; null: none does. */
export function takenBy(
  name: string,
  datasets: readonly Dataset[],
): { readonly dataset: Dataset; readonly pattern: string } | null {
  for (const dataset of datasets.filter(({ enabled }) => enabled)) {
    const pattern = dataset.patterns.find((glob) => anyOf([glob])(name));
    if (pattern !== undefined) return { dataset, pattern };
  }
  return null;
}

/** Says of a file's name whether one of the globs takes it. */
export function anyOf(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => new RegExp(patternToRegex(glob), 'isu'));
  return (name) => patterns.some((pattern) => pattern.test(name.normalize('NFC')));
}

/**
 * A glob over file names (`*` any characters, `?` one) as a regular expression that JavaScript, with the flags `isu`, and
 * Postgres, with `~*`, read alike. For names in NFC. A file that is packed, with `.gz` or `.zip` behind its name, is meant as well.
 */
export function patternToRegex(glob: string): string {
  const body = glob
    .normalize('NFC')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return `^${body}(\\.gz|\\.zip)?$`;
}
