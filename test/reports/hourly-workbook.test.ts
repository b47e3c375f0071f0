import fc from 'fast-check';
import type { Cell, Sheet, Workbook } from 'hucre';
import { readXlsx } from 'hucre';
import { describe, expect, it } from 'vitest';

import type { HourlyReport } from '../../src/domain/hourly-report.ts';
import { renderHourlyWorkbook } from '../../src/reports/hourly-workbook.ts';
import { calls, empty, sample } from './sample-report.ts';
import { xlsxParts } from './xlsx-parts.ts';

async function open(report: HourlyReport): Promise<Workbook> {
  return readXlsx(await renderHourlyWorkbook(report), { readStyles: true });
}

function sheet(workbook: Workbook, name: string): Sheet {
  const found = workbook.sheets.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no sheet ${name}`);
  return found;
}

/** The values of the row whose first cell is `label`. */
function row(from: Sheet, label: string): unknown[] | undefined {
  return from.rows.find(([first]) => first === label);
}

function cell(from: Sheet, address: string): Cell {
  const found = from.cells?.get(address);
  if (found === undefined) throw new Error(`no cell ${address}`);
  return found;
}

describe('the hourly workbook', () => {
  it('has a summary, a sheet for each dataset, the sources and the rejected rows', async () => {
    const workbook = await open(sample);
    expect(workbook.sheets.map(({ name }) => name)).toEqual([
      'Summary',
      'Calls',
      'Quality scores',
      'Sources',
      'Rejected rows',
    ]);
  });

  it('has equal bytes for equal reports', async () => {
    const first = await renderHourlyWorkbook(sample);
    const second = await renderHourlyWorkbook(structuredClone(sample));
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
  });

  it('bears the time of generation that it was given, not the time of now', async () => {
    const core = (await xlsxParts(await renderHourlyWorkbook(sample))).get('docProps/core.xml');
    expect(core?.match(/2026-11-20T14:05:12Z/g)).toHaveLength(2);
  });

  it('contains no formula', async () => {
    const parts = await xlsxParts(await renderHourlyWorkbook(sample));
    for (const [name, xml] of parts)
      if (name.startsWith('xl/worksheets/')) expect(xml).not.toMatch(/<f[ >/]/);
  });

  it('writes any text as that text, never as a formula or an error', async () => {
    const likely = fc.constantFrom(
      '=1+1',
      '#N/A',
      '#REF!',
      '+49 30',
      '-',
      '@x',
      '_x0041_',
      ' a ',
      'a\r\nb',
      '\0',
      '<&>"\'',
    );
    const anything = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => !/[\uFFFE\uFFFF]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.oneof(likely, anything), async (text) => {
        const groups = [{ key: [text], rows: 1, values: [1, '1', '1'], fileIds: [12] }];
        const workbook = await open({ ...sample, datasets: [{ ...calls, groups }] });
        const written = cell(sheet(workbook, 'Calls'), '4,0');
        expect(written.value).toBe(text);
        expect(written.formula).toBeUndefined();
        expect(['string', 'richText']).toContain(written.type);
      }),
      { numRuns: 60 },
    );
  });

  it('replaces what no XML can hold', async () => {
    const groups = [{ key: ['a\uFFFFb\uD800c'], rows: 1, values: [1, '1', '1'], fileIds: [12] }];
    const workbook = await open({ ...sample, datasets: [{ ...calls, groups }] });
    expect(cell(sheet(workbook, 'Calls'), '4,0').value).toBe('a\uFFFDb\uFFFDc');
  });

  it('keeps a text that begins like a formula a text when it is edited', async () => {
    const rejects = cell(sheet(await open(sample), 'Rejected rows'), '4,6');
    expect(rejects).toMatchObject({
      value: '=cmd|calc,2026-11-20T13:09:00Z,North,4O',
      style: { numFmt: '@' },
    });
  });
});

describe('the summary', () => {
  it('names the hour in local time, its zone, and when it was generated', async () => {
    const [title, period, zone] = sheet(await open(sample), 'Summary').rows.map(([first]) => first);
    expect([title, period, zone]).toEqual([
      'Hourly report',
      'Friday, 20 November 2026, 14:00 to 15:00',
      'Europe/Berlin (UTC+01:00), generated 2026-11-20 15:05',
    ]);
  });

  it('tells the two hours apart that have the same local time', async () => {
    const first = { periodStart: '2026-10-25T00:00:00Z', periodEnd: '2026-10-25T01:00:00Z' };
    const second = { periodStart: '2026-10-25T01:00:00Z', periodEnd: '2026-10-25T02:00:00Z' };
    const texts = [];
    for (const period of [first, second]) {
      const rows = sheet(await open({ ...sample, ...period }), 'Summary').rows;
      texts.push([rows[1]?.[0], rows[2]?.[0]]);
    }
    expect(texts).toEqual([
      [
        'Sunday, 25 October 2026, 02:00 (UTC+02:00) to 02:00 (UTC+01:00)',
        expect.stringContaining('(UTC+02:00)'),
      ],
      ['Sunday, 25 October 2026, 02:00 to 03:00', expect.stringContaining('(UTC+01:00)')],
    ]);
  });

  it('has the rows of each dataset beside those of the hour before', async () => {
    const summary = sheet(await open(sample), 'Summary');
    expect(row(summary, 'Calls')).toEqual(['Calls', 'Team', 30, 24, 6, 0.25]);
    expect(row(summary, 'Quality scores')).toEqual(['Quality scores', 'Team, Channel', 0, 0, 0, null]);
  });

  it('has every total beside that of the hour before, without the noise of subtracting doubles', async () => {
    const totals = sheet(await open(sample), 'Summary').rows.filter(([, figure]) => figure === 'Revenue');
    expect(totals).toEqual([['Calls', 'Revenue', 1200.3, 1500.4, -300.1, (1200.3 - 1500.4) / 1500.4]]);
  });

  it('counts rows, files and rejected rows, and points to the rejected ones', async () => {
    const summary = sheet(await open(sample), 'Summary');
    expect(summary.rows[4]).toEqual([
      'Rows',
      'Hour before',
      'Change',
      'Datasets',
      'Source files',
      'Rejected rows',
    ]);
    expect(summary.rows[5]).toEqual([30, 24, 0.25, 1, 2, 3]);
    expect(summary.rows[7]?.[0]).toBe('3 rows were rejected: see Rejected rows');
  });

  it('links each dataset to its sheet', async () => {
    const summary = sheet(await open(sample), 'Summary');
    const index = summary.rows.findIndex(([first]) => first === 'Quality scores');
    expect(cell(summary, `${index},0`).hyperlink?.location).toBe("'Quality scores'!A1");
  });

  it('has a native chart over the rows of this hour and the one before', async () => {
    const [chart] = sheet(await open(sample), 'Summary').charts ?? [];
    expect(chart?.title).toBe('Rows by dataset');
    expect(chart?.series?.map(({ name, valuesRef }) => [name, valuesRef])).toEqual([
      ['Hour before', "'Summary'!D12:D13"],
      ['This hour', "'Summary'!C12:C13"],
    ]);
  });
});

describe('the sheet of a dataset', () => {
  it('has a row for each group, the total and the hour before, with numbers as numbers', async () => {
    const rows = sheet(await open(sample), 'Calls').rows.slice(3);
    expect(rows).toEqual([
      ['Team', 'Calls', 'Average wait seconds', 'Revenue', 'Rows', 'Files'],
      ['North', 10, 21.5, 1000.1, 10, '#12, #15'],
      ['South', 12, 19.333333333333332, 200.2, 12, '#12'],
      ['(blank)', 8, null, 0, 8, '#15'],
      ['Total', 30, 20.318181818181817, 1200.3, 30, null],
      ['Hour before', 24, 25, 1500.4, 24, null],
    ]);
  });

  it('formats counts without decimals and sums with those that their values have', async () => {
    const calls = sheet(await open(sample), 'Calls');
    const formats = ['4,1', '4,2', '4,3'].map((address) => cell(calls, address).style?.numFmt);
    expect(formats).toEqual([
      expect.stringMatching(/^#,##0_/),
      expect.stringMatching(/^#,##0\.00_/),
      expect.stringMatching(/^#,##0\.00_/),
    ]);
  });

  it('is an Excel table that ends above the total, with its headers in view and on every page', async () => {
    const workbook = await open(sample);
    const { tables, freezePane, pageSetup } = sheet(workbook, 'Calls');
    expect(tables?.map(({ name, range }) => [name, range])).toEqual([['figures_calls', 'A4:F7']]);
    expect(freezePane).toMatchObject({ rows: 4 });
    expect(pageSetup).toMatchObject({ orientation: 'landscape', fitToWidth: 1 });
    const xml = (await xlsxParts(await renderHourlyWorkbook(sample))).get('xl/workbook.xml');
    expect(xml).toContain("'Rejected rows'!$4:$4");
  });

  it('has data bars where lengths mean something, and a chart of its first figure', async () => {
    const { conditionalRules, charts } = sheet(await open(sample), 'Calls');
    expect(conditionalRules?.map(({ type, range }) => [type, range])).toEqual([
      ['dataBar', 'B5:B7'],
      ['dataBar', 'D5:D7'],
    ]);
    expect(charts?.map(({ title, series }) => [title, series?.[0]?.valuesRef])).toEqual([
      ['Calls by team', "'Calls'!B5:B7"],
    ]);
  });

  it('shows one line for a dataset that is not broken down', async () => {
    const whole = {
      ...calls,
      groupBy: [],
      groups: [{ key: [], rows: 30, values: calls.total, fileIds: [12] }],
    };
    const rows = sheet(await open({ ...sample, datasets: [whole] }), 'Calls').rows.slice(3, 6);
    expect(rows.map(([first, count]) => [first, count])).toEqual([
      ['Group', 'Calls'],
      ['All rows', 30],
      ['Total', 30],
    ]);
  });

  it('keeps apart a group column and a measure of the same name', async () => {
    const groupBy = ['calls'];
    const headers = sheet(await open({ ...sample, datasets: [{ ...calls, groupBy }] }), 'Calls').rows[3];
    expect(headers?.slice(0, 2)).toEqual(['Calls', 'Calls (2)']);
  });
});

describe('lineage', () => {
  it('leads from the files of a figure to name, lines and hash', async () => {
    const sources = sheet(await open(sample), 'Sources');
    expect(sources.rows[4]).toEqual([
      12,
      'calls_20261120_14.csv',
      'Calls',
      16,
      2,
      18,
      3,
      new Date('2026-11-20T15:01:27Z'),
      '/Shared Documents/Reports/calls_20261120_14.csv',
      'a'.repeat(64),
    ]);
    expect(sources.rows[3]?.[7]).toBe('Ingested (Europe/Berlin)');
  });

  it('lists the rejected rows with file, line and reason, and says how many it does not list', async () => {
    const rejects = sheet(await open(sample), 'Rejected rows');
    expect(rejects.rows[1]?.[0]).toMatch(/2 more are kept in the database\.$/);
    expect(rejects.rows[4]?.slice(0, 6)).toEqual([
      12,
      'calls_20261120_14.csv',
      9,
      'duration_seconds',
      'not_an_integer',
      '"4O" is not an integer',
    ]);
  });
});

describe('an hour without rows', () => {
  it('says so on every sheet, and still compares with the hour before', async () => {
    const workbook = await open(empty);
    expect(sheet(workbook, 'Summary').rows[7]?.[0]).toBe('No rows in this hour.');
    expect(row(sheet(workbook, 'Summary'), 'Calls')).toEqual(['Calls', 'Team', 0, 24, -24, -1]);
    expect(sheet(workbook, 'Calls').rows[3]?.[0]).toBe('No rows in this hour.');
    expect(sheet(workbook, 'Sources').rows[3]?.[0]).toBe('No file has rows in this hour.');
    expect(sheet(workbook, 'Rejected rows').rows[3]?.[0]).toBe('No row was rejected.');
  });

  it('has no table without rows, which Excel would repair', async () => {
    const workbook = await open({ ...empty, datasets: [] });
    expect(workbook.sheets.map(({ name }) => name)).toEqual(['Summary', 'Sources', 'Rejected rows']);
    expect(workbook.sheets.flatMap(({ tables }) => tables ?? [])).toEqual([]);
  });
});
