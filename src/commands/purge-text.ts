import type { PurgedFile } from '../database/queries/purge-file.ts';
import { counted } from './ledger-command.ts';
import { textTable } from './text-table.ts';

/** For people; JSON has all. */
const shownAtMost = 50;

/** What is, or would be, purged: the files, their sum, and what does and does not come back. */
export function purgeText(files: readonly PurgedFile[], width: number): string {
  const shown = files.slice(0, shownAtMost);
  const more =
    files.length > shown.length ? [`... and ${counted(files.length - shown.length, 'file')} more`] : [];
  const lines = [...more, totalText(files), ...shown.flatMap(notesOf)];
  return `\n${table(shown, width)}\n${lines.map((line) => `  ${line}\n`).join('')}\n`;
}

function table(files: readonly PurgedFile[], width: number): string {
  return textTable(
    [
      { head: 'id', align: 'right' },
      { head: 'file', shrinks: true },
      { head: 'dataset', shrinks: true },
      { head: 'rows', align: 'right' },
      { head: 'hours', align: 'right' },
    ],
    files.map(({ fileId, name, dataset, rows, hours }) => [
      String(fileId),
      name,
      dataset,
      rows.toLocaleString('en'),
      hours.toLocaleString('en'),
    ]),
    width,
  );
}

export function totalText(files: readonly PurgedFile[]): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return `${counted(files.length, 'file')}, ${counted(rows, 'row')}`;
}

function notesOf({ fileId, replaced, duplicates }: PurgedFile): string[] {
  const notes: string[] = [];
  if (replaced.length > 0)
    notes.push(
      `! ${fileId} had taken the place of ${replaced.join(', ')}: replaced all the same, no rows of it come back.`,
    );
  if (duplicates.length > 0)
    notes.push(
      `! ${duplicates.join(', ')} had the same content as ${fileId}: back in line, so the next run loads these rows again.`,
    );
  return notes;
}
