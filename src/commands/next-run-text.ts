import { dirname } from 'node:path';

import { visible } from './visible.ts';

interface SourceFile {
  readonly sourceKind: 'sharepoint' | 'directory';
  readonly path: string;
}

/** More paths than these make no line that somebody would type. */
const namedAtMost = 5;

/** For people: what takes up files that are in line again. */
export function nextRunText(files: readonly SourceFile[]): string {
  const local = files.filter(({ sourceKind }) => sourceKind === 'directory');
  const lines: string[] = [];
  if (local.length < files.length)
    lines.push('The next run takes what is in SharePoint. At once: charlie trigger');
  if (local.length > 0) {
    const named = local.slice(0, namedAtMost).map(({ path }) => quoted(path));
    const more = local.length > namedAtMost ? ' ...' : '';
    lines.push(`Local files are taken with: charlie ingest ${named.join(' ')}${more}`);
  }
  return lines.map((line) => `  ${line}\n`).join('');
}

/** As a shell takes it; what cannot be shown, by its folder. */
function quoted(path: string): string {
  const text = visible(path) === path ? path : visible(dirname(path));
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
