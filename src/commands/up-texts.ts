import { distinctFolders, watchedPaths } from '../directory/watched-folders.ts';
import type { Settings } from '../settings/settings.ts';
import { displayPath } from '../settings/settings-file.ts';
import type { CommandContext } from './command-context.ts';

/** What a person can do once everything works. */
export function tryNext({ cwd }: CommandContext, settings: Settings, apiUrl: string): string {
  const [folder] = watchedPaths(settings);
  const lines = [
    ['npx charlie trigger', 'sync now'],
    ['npx charlie ingest FILE', 'load a file by hand'],
    ...(folder === undefined ? [] : [[`cp FILE ${displayPath(cwd, folder)}/`, 'the same, by dropping it']]),
    ['npx charlie schedules list', 'the jobs, and when they are due'],
    [`curl ${apiUrl}/scheduler/jobs`, `the same, over the API; ${apiUrl}/docs has all of it`],
    ['npx charlie doctor', 'check every part'],
  ];
  const width = Math.max(...lines.map(([command = '']) => command.length));
  return [
    '  Try next, in another terminal:',
    ...lines.map(([command = '', what = '']) => `    ${command.padEnd(width)}    ${what}`),
    '\nWorking on schedule. Ctrl-C ends the work in order.\n',
  ].join('\n');
}

/** The watched folders; one that is not there may be a mistake. */
export async function watchedText({ cwd }: CommandContext, settings: Settings): Promise<string> {
  const { missing } = await distinctFolders(settings);
  return watchedPaths(settings)
    .map((path) => `${displayPath(cwd, path)}${missing.includes(path) ? ' (not there yet)' : ''}`)
    .join(', ');
}
