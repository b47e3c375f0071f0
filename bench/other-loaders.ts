import type { Progress } from './figures.ts';
import type { LocalServers } from './local-servers.ts';

/** Seconds of each other loader that is installed, by its name. */
export async function otherLoaders(
  _servers: LocalServers,
  _file: string,
  _progress: Progress,
): Promise<[string, number][]> {
  return [];
}
