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
