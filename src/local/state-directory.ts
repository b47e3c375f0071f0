import { mkdir } from 'node:fs/promises';

/**
 * Makes the folder in which a local stack keeps its state. Others may pass through it and not list it:
 * as root, Postgres runs as a user of its own and has its data below.
 */
export async function prepareStateDirectory(stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o711 });
}
