import { InvalidArgumentError, Option } from 'commander';

export function limitOption(of = 'how many, newest first', fallback = 50): Option {
  return new Option('--limit <number>', of).argParser(parseLimit).default(fallback);
}

/** For people: what a limit has left out. */
export function moreText(shown: number, total: number): string {
  return shown < total ? `  ${shown} of ${total.toLocaleString('en')}; --limit ${total} shows all.\n` : '';
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > 1_000_000)
    throw new InvalidArgumentError('It is not a number from 1 to 1000000.');
  return limit;
}
