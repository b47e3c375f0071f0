import { nearest } from './nearest.ts';
import type { Origin, Problem } from './problem.ts';
import { allKeys, settingKeys } from './setting-keys.ts';

/** Its value is never part of the problem: a misspelt secret is a secret. */
export function unknownKey(section: string, name: string, origin: Origin): Problem {
  const here = allKeys.filter((each) => each.section === section).map((each) => each.name);
  const elsewhere = allKeys.find((each) => each.name === name)?.dotted ?? null;
  const near = nearest(name, here);
  return {
    ...origin,
    key: `${section}.${name}`,
    message: 'is not a known key',
    accepted: here.join(', '),
    suggestion: near === null ? (elsewhere ?? nearestOfAll(name)) : `${section}.${near}`,
  };
}

export function unknownSection(name: string, origin: Origin): Problem {
  const sections = [...Object.keys(settingKeys), 'datasets'];
  const suggestion = allKeys.find((each) => each.name === name)?.dotted ?? nearest(name, sections);
  return {
    ...origin,
    key: name,
    message: 'is not a known section',
    accepted: sections.map((section) => `[${section}]`).join(', '),
    suggestion: suggestion ?? nearestOfAll(name),
  };
}

function nearestOfAll(name: string): string | null {
  const near = nearest(
    name,
    allKeys.map((each) => each.name),
  );
  return allKeys.find((each) => each.name === near)?.dotted ?? null;
}
