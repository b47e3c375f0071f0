import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { localPath, quarantineFolder, safeName, syncFolder } from '../../src/domain/local-path.ts';

const nasty = fc.constantFrom(
  '..',
  '.',
  '...',
  '/',
  '\\',
  ' ',
  '\0',
  '\n',
  '\u202e',
  '\u061c',
  ':',
  'C:',
  '~',
  '.sync',
  '.SYNC',
  ' .sync',
  '.sync ',
  'quarantine',
  'Quarantine',
  'e\u0301',
  'é',
  '😀',
  '\ud800',
  'a',
  'report.csv',
  'x'.repeat(300),
  'ß'.repeat(200),
);
const anyPath = fc.oneof(
  fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(nasty, { maxLength: 6 }).map((parts) => parts.join('/')),
  fc.string({ unit: 'binary', maxLength: 400 }),
);

describe('localPath', () => {
  test('never leaves its folder', () => {
    holds((path) => {
      expect(join('/data/incoming', path)).toBe(`/data/incoming/${path}`);
      expect(path).not.toBe('');
    });
  });

  test('never names a folder of ours', () => {
    holds((path) => {
      expect([syncFolder, quarantineFolder]).not.toContain(path.split('/')[0]!.toLowerCase());
    });
  });

  test('holds no sign that a terminal or a file system obeys', () => {
    holds((path) => {
      expect(path).not.toMatch(/[\p{Cc}\p{Bidi_Control}\\:*?"<>|]/u);
    });
  });

  test('has only names that a file system takes, with room for the suffix of a temporary file', () => {
    holds((path) => {
      for (const name of path.split('/')) {
        expect(name).not.toBe('');
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(241);
      }
    });
  });

  test('is composed Unicode, so that the two spellings of one name are one file', () => {
    expect(localPath('Me\u0301xico/calls.csv')).toBe('México/calls.csv');
    holds((path) => {
      expect(path).toBe(path.normalize('NFC'));
    });
  });

  test('leaves alone what is safe, its own results among it', () => {
    holds((path) => {
      expect(localPath(path)).toBe(path);
    });
    const usual = '2026/11 November/calls_20261122_1400 (1).csv';
    expect(localPath(usual)).toBe(usual);
  });

  test.each([
    ['/etc/passwd', 'etc/passwd'],
    ['../../etc/passwd', '__/__/etc/passwd'],
    ['..\\..\\boot.ini', '__/__/boot.ini'],
    ['C:\\calls.csv', 'C_/calls.csv'],
    ['a//b/./c.csv', 'a/b/_/c.csv'],
    ['.sync/17', '.sync_/17'],
    ['Quarantine/calls.csv', 'Quarantine_/calls.csv'],
    ['quarantine', 'quarantine_'],
    ['2026/quarantine/calls.csv', '2026/quarantine/calls.csv'],
    ['invoice\u202evsc.exe', 'invoice_vsc.exe'],
    ['', '_'],
    [' / ', '_'],
  ])('turns %j into %j', (remote, local) => {
    expect(localPath(remote)).toBe(local);
  });
});

describe('safeName', () => {
  test('keeps the extension of a name that is too long, and tells such names apart', () => {
    const names = ['a', 'b'].map((end) => safeName(`${'x'.repeat(300)}${end}.csv`));
    for (const name of names) {
      expect(name).toMatch(/^x+~[0-9a-f]{8}\.csv$/);
      expect(Buffer.byteLength(name)).toBe(240);
    }
    expect(names[0]).not.toBe(names[1]);
  });

  test('cuts between characters, never within one', () => {
    const name = safeName(`${'😀'.repeat(100)}.csv`);
    expect(name.isWellFormed()).toBe(true);
    expect(name).toMatch(/^😀+~[0-9a-f]{8}\.csv$/u);
  });

  test('keeps a name of just 240 bytes', () => {
    const name = `${'ß'.repeat(118)}.csv`;
    expect(safeName(name)).toBe(name);
    expect(safeName(`${name}v`)).not.toBe(`${name}v`);
  });
});

function holds(assertion: (path: string) => void): void {
  fc.assert(
    fc.property(anyPath, (remote) => {
      assertion(localPath(remote));
    }),
    { numRuns: 500 },
  );
}
