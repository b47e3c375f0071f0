/** Which methods are served at which paths, so that another one is answered with 405 and not with 404. */
export class ServedPaths {
  readonly #methods = new Map<string, Set<string>>();

  add(pattern: string, method: string): void {
    const known = this.#methods.get(pattern) ?? new Set();
    this.#methods.set(pattern, known.add(method));
  }

  /** Empty: nothing is served at this path. */
  methodsAt(url: string): string[] {
    const path = url.replace(/\?.*$/s, '');
    const matching = [...this.#methods].filter(([pattern]) => matches(pattern, path));
    // /scheduler/jobs/cron is not the job "cron".
    const exact = matching.filter(([pattern]) => pattern === path);
    const found = exact.length > 0 ? exact : matching;
    return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
  }
}

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  const last = wanted.at(-1);
  if (last === '*' ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every(
    (part, index) => part === '*' || (part.startsWith(':') ? given[index] !== '' : part === given[index]),
  );
}
