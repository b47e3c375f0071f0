import type { Simulator } from '../../src/simulator/simulator.ts';

/** Requests by what they are for. A file takes one each of `content` (Graph's redirect) and `download`. */
export const kinds = {
  token: /\/oauth2\/v2\.0\/token/,
  site: /^GET \/v1\.0\/sites\/[^/]+:\/sites/,
  drives: /\/drives\?/,
  folder: /\/root:\/Reports\?/,
  list: /\/delta\b/,
  children: /\/children\?/,
  item: /\/items\/[^/?]+\?/,
  content: /\/content$/,
  download: /\/download\.aspx/,
};

export type Kind = keyof typeof kinds;
export type Calls = Partial<Record<Kind, number>>;

/** How many there were of each kind since `from`, without those that there were none of. */
export function callsSince({ requests }: Simulator, from: number, about = /^/): Calls {
  const asked = requests
    .slice(from)
    .map(({ method, url }) => `${method} ${url}`)
    .filter((request) => about.test(request));
  const counted = Object.entries(kinds).map(([kind, pattern]) => [
    kind,
    asked.filter((request) => pattern.test(request)).length,
  ]);
  return Object.fromEntries(counted.filter(([, count]) => count !== 0)) as Calls;
}
