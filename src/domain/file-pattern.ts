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

/** Says of a file's name whether one of the globs takes it. */
export function anyOf(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => new RegExp(patternToRegex(glob), 'isu'));
  return (name) => patterns.some((pattern) => pattern.test(name.normalize('NFC')));
}
