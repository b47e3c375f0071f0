import { expect, test } from 'vitest';

import { textTable } from '../../src/commands/text-table.ts';
import { visible } from '../../src/commands/visible.ts';

const columns = [{ head: 'id', align: 'right' }, { head: 'file', shrinks: true }, { head: 'state' }] as const;

test('columns stand below their heads, as wide as what is in them', () => {
  expect(
    textTable(
      columns,
      [
        ['7', 'calls.csv', 'ingested'],
        ['12', 'a.csv', ''],
      ],
      80,
    ),
  ).toBe(
    [
      '  id   file        state   ',
      '  ─────────────────────────',
      '   7   calls.csv   ingested',
      '  12   a.csv',
      '',
    ]
      .map((line) => line.trimEnd())
      .join('\n'),
  );
});

test('where a line would be too long, the columns that may give way do', () => {
  const table = textTable(columns, [['7', 'calls of the whole year in one file.csv', 'ingested']], 40);
  expect(table).toContain('\n   7   calls of the whole ye…   ingested\n');
  const lines = table.trimEnd().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
});

test('nothing in a name moves the cursor, ends the line or turns the direction', () => {
  const name = 'evil\u001b[2J\u202Efdp\r\n.csv';
  expect(textTable(columns, [['7', name, 'ingested']], 80)).toContain('evil�[2J�fdp� .csv   ingested\n');
  expect(visible(name)).toBe('evil�[2J�fdp�\n.csv');
});
