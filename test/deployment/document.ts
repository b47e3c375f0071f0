import { readFromRoot } from './topology.ts';

/** The blocks of commands below a heading of docs/production.md, each as one script. */
export function scriptsOf(heading: string, language = 'sh'): string[] {
  const section = readFromRoot('docs/production.md')
    .split(/^#+ /m)
    .find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/production.md has no section "${heading}"`);
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );
}
