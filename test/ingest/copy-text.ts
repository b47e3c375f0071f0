const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** COPY's text format as Postgres documents it. Throws on what Postgres would refuse. */
export function parseCopyText(text: string): (string | null)[][] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('the last row has no newline');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      if (line === '\\.') throw new Error('end-of-data marker');
      return line.split('\t').map(parseField);
    });
}

function parseField(field: string): string | null {
  if (field === '\\N') return null;
  if (/[\r\0]/.test(field)) throw new Error(`literal carriage return or NUL in ${JSON.stringify(field)}`);
  return field.replace(/\\([^])?/g, (_, character: string | undefined) => {
    if (character === undefined) throw new Error('a backslash at the end of a field');
    if (/[0-9x]/.test(character)) throw new Error('an octal or hexadecimal escape');
    return letters[character] ?? character;
  });
}
