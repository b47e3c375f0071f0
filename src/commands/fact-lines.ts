import { visible } from './visible.ts';

export type FactLine = readonly [name: string, text: string];

/** What is to be said of one thing, a line a fact. */
export function factLines(facts: readonly FactLine[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(([name, text]) => `  ${name.padEnd(width)}  ${visible(text)}`.trimEnd());
  return `\n${lines.join('\n')}\n\n`;
}
