import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import type { Variables } from './environment.ts';
import { errorCode } from './error-code.ts';
import type { Origin, Problem } from './problem.ts';

export interface DotEnv {
  /** Null when there is none. */
  readonly path: string | null;
  readonly variables: Variables;
  readonly originOf: (variable: string) => Origin;
}

/** The file `.env` of a folder, which need not exist. */
export function readDotEnv(folder: string, problems: Problem[]): DotEnv {
  const path = join(folder, '.env');
  const file = '.env';
  try {
    const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    return {
      path,
      variables: parseEnv(text),
      originOf: (variable) => ({ file, line: lineOf(text, variable), variable }),
    };
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT') {
      const message = `cannot be read (${code})`;
      problems.push({
        file,
        line: null,
        variable: null,
        key: null,
        message,
        accepted: null,
        suggestion: null,
      });
    }
    return { path: null, variables: {}, originOf: (variable) => ({ file, line: null, variable }) };
  }
}

/** The last line that sets it, which is the one that counts. */
function lineOf(text: string, variable: string): number | null {
  const lines = text.split('\n');
  const index = lines.findLastIndex((line) => new RegExp(`^\\s*(?:export\\s+)?${variable}\\s*=`).test(line));
  return index === -1 ? null : index + 1;
}
