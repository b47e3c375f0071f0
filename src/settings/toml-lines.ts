const part = String.raw`(?:[\w-]+|"[^"]*"|'[^']*')`;
const dottedKey = String.raw`${part}(?:\s*\.\s*${part})*`;
const header = new RegExp(String.raw`^\s*\[\s*(${dottedKey})\s*\]`);
const assignment = new RegExp(String.raw`^\s*(${dottedKey})\s*=`);

/**
 * The line, from 1, of each key and table header of a TOML document, by dotted key. smol-toml keeps no positions. Keys
 * inside inline tables are not found: `lineOf` answers with the line of what holds them.
 */
export function tomlLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let table = '';
  let open: string | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (open === null) {
      const name = header.exec(line)?.[1];
      const key = assignment.exec(line)?.[1];
      if (name !== undefined) table = plain(name);
      const found =
        name !== undefined ? table : key === undefined ? null : [table, plain(key)].filter(Boolean).join('.');
      if (found !== null && !lines.has(found)) lines.set(found, index + 1);
    }
    open = openString(line, open);
  }
  return lines;
}

/** The line of a key, or of the nearest table around it; null when neither is known. */
export function lineOf(lines: ReadonlyMap<string, number>, key: string): number | null {
  for (let path = key; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const line = lines.get(path);
    if (line !== undefined) return line;
  }
  return null;
}

function plain(key: string): string {
  return key.replace(/["']/g, '').replace(/\s*\.\s*/g, '.');
}

/** The quotes of the multi-line string that is open after a line. */
function openString(line: string, before: string | null): string | null {
  let open = before;
  for (const [quotes] of line.matchAll(/"""|'''/g)) {
    if (open === null) open = quotes;
    else if (open === quotes) open = null;
  }
  return open;
}
