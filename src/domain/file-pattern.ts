/**
 * A glob over file names (`*` any characters, `?` one) as a regular expression that JavaScript and Postgres read alike.
 * Compare without regard to case.
 */
export function patternToRegex(glob: string): string {
  const body = glob
    .normalize('NFC')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return `^${body}$`;
}
