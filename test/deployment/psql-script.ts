import { readFileSync } from 'node:fs';

import postgres from 'postgres';

/**
 * Runs a script for psql, of which it knows \set with a command that prints a file, and :'name'. `at` says where the
 * files are here.
 */
export async function runPsqlScript(
  url: string,
  script: string,
  at: (path: string) => string,
): Promise<void> {
  const variables = new Map<string, string>();
  const statements = script
    .replace(/^--.*$/gm, '')
    .replace(/^\\set (\w+) (?:`cat (\S+)`|\w+)$/gm, (_, name: string, file: string | undefined) => {
      if (file !== undefined) variables.set(name, readFileSync(at(file), 'utf8').trimEnd());
      return '';
    })
    .replace(/:'(\w+)'/g, (_, name: string) => `'${(variables.get(name) ?? '').replaceAll("'", "''")}'`)
    .split(';')
    .filter((statement) => statement.trim() !== '');
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    for (const statement of statements) await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}
