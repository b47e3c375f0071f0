import { readFileSync } from 'node:fs';

import { parse, TomlError } from 'smol-toml';

import { errorCode } from './error-code.ts';
import type { Origin, Problem } from './problem.ts';
import type { Table } from './table.ts';
import { lineOf, tomlLines } from './toml-lines.ts';

export interface TomlFile {
  readonly text: string;
  /** Empty when the file cannot be read, which is a problem then. */
  readonly document: Table;
  readonly originOf: (key: string) => Origin;
}

/** `origin` names the file as people know it. */
export function readTomlFile(path: string, origin: Origin, accepted: string, problems: Problem[]): TomlFile {
  const text = readText(path, origin, accepted, problems);
  const lines = tomlLines(text);
  return {
    text,
    document: parseToml(text, origin, problems),
    originOf: (key) => ({ file: origin.file, line: lineOf(lines, key), variable: null }),
  };
}

function readText(path: string, origin: Origin, accepted: string, problems: Problem[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const code = errorCode(error);
    const message =
      code === 'ENOENT'
        ? 'does not exist'
        : code.startsWith('ERR_ENCODING')
          ? 'is not UTF-8'
          : `cannot be read (${code})`;
    problems.push({ ...origin, key: null, message, accepted, suggestion: null });
    return '';
  }
}

function parseToml(text: string, origin: Origin, problems: Problem[]): Table {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of the message quotes the lines around, which may hold a secret.
    const reason = (error.message.split('\n', 1)[0] ?? '').replace('Invalid TOML document: ', '');
    const message = `is not valid TOML: ${reason} (column ${error.column})`;
    problems.push({ ...origin, line: error.line, key: null, message, accepted: null, suggestion: null });
    return {};
  }
}
