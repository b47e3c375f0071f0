import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { errorCode } from './error-code.ts';
import type { Given, Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { allKeys } from './setting-keys.ts';
import type { Table } from './table.ts';
import { isTable } from './table.ts';

const file = '.charlie/stack.json';

/** What the stack that `charlie up` runs in this folder says of itself: `{"settings": {"database.url": "..."}}`. */
export function readLocalStack(folder: string, problems: Problem[]): { path: string | null; layer: Layer } {
  const path = join(folder, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT') problems.push(broken(null, `cannot be read (${code})`));
    return { path: null, layer: new Map() };
  }
  return { path, layer: readEntries(text, problems) };
}

function readEntries(text: string, problems: Problem[]): Layer {
  const layer = new Map<string, Given>();
  const entries = parseEntries(text);
  if (entries === null) problems.push(broken(null, 'is not the JSON that `charlie up` writes'));
  for (const [key, value] of Object.entries(entries ?? {})) {
    const isKnown = allKeys.some((each) => each.dotted === key);
    if (isKnown && typeof value === 'string') {
      layer.set(key, { value, isText: true, origin: { file, line: null, variable: null } });
    } else {
      problems.push(broken(key, isKnown ? 'is not a text' : 'is not a known key'));
    }
  }
  return layer;
}

/** Null when it is anything else. The parser's message is dropped: it quotes the text, which holds passwords. */
function parseEntries(text: string): Table | null {
  try {
    const document: unknown = JSON.parse(text);
    return isTable(document) && isTable(document['settings']) ? document['settings'] : null;
  } catch {
    return null;
  }
}

function broken(key: string | null, message: string): Problem {
  const accepted = 'what `charlie up` writes: stop it, delete the file, start it again';
  return { file, line: null, variable: null, key, message, accepted, suggestion: null };
}
