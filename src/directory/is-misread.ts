/**
 * Whether a name that the system has just given cannot be asked for: its bytes are not UTF-8, and what was read in their place
 * (U+FFFD) names nothing. To be asked only of what is not there under its name; a file may have this character in it.
 */
export function isMisread(name: string): boolean {
  return name.includes('\ufffd');
}
