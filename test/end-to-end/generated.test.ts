import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { defineSearchAttributeKey } from '@temporalio/common';
import { readXlsx } from 'hucre';
import { Agent, fetch } from 'undici';
import { expect, test } from 'vitest';

import { type DatasetName, datasetNames, generatedDatasets } from '../../src/simulator/generator/datasets.ts';
import { generateFile, type Truth } from '../../src/simulator/generator/generate-file.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { ReportResult } from '../../workflows/build-report.ts';
import { Pipeline } from '../support/pipeline.ts';
import { type CsvRow, readCsv } from './read-csv.ts';

/** The last hour that is over then ends with an upload of quality scores, too. */
const now = new Date('2026-02-11T19:20:00Z');
const latestHour = '2026-02-11T18';
const seed = 1;

async function startPipeline(): Promise<Pipeline> {
  const toml = await readFile(fileURLToPath(new URL('../../settings.toml', import.meta.url)), 'utf8');
  const env = { CHARLIE_SCHEDULER__TIMEZONE: 'Europe/Berlin' };
  return Pipeline.start({ toml, env, library: 'generated', now: () => now });
}

test('every generated row is in Postgres once, and a second run loads only what was generated since', async () => {
  await using pipeline = await startPipeline();
  const { library } = pipeline.simulator;
  const before = library.list().map(({ path }) => path);

  const first = await pipeline.sync();

  expect(first).toMatchObject({
    status: 'succeeded',
    listed: before.length,
    ingested: before.length,
    problems: [],
  });
  expect(first.downloadedNames.toSorted()).toEqual(before.toSorted());
  await expectEveryRow(pipeline);

  const generated = await generateAll(pipeline.simulator, { rows: 300 });
  const second = await pipeline.sync();

  const added = library.list().flatMap(({ path }) => (before.includes(path) ? [] : [path]));
  expect(generated).toMatchObject({ files: 4, rows: 1200 });
  expect(second).toMatchObject({ status: 'succeeded', skipped: before.length, downloaded: 4, ingested: 4 });
  expect(second.downloadedNames.toSorted()).toEqual(added.toSorted());
  await expectEveryRow(pipeline);
});

test('the first hourly workbook shows the totals of that hour in the files, for every group and altogether', async () => {
  await using pipeline = await startPipeline();
  await pipeline.sync();

  const report = (await pipeline.client.workflow.execute('BuildReportWorkflow', {
    workflowId: `report-${pipeline.settings.temporal.taskQueue}`,
    taskQueue: pipeline.settings.temporal.taskQueue,
    args: [{ job: 'hourly-report' }],
    typedSearchAttributes: [
      { key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'), value: now },
    ],
  })) as ReportResult;

  expect(report.published).toBe(24);
  expect(report.latest[0]?.path).toMatch(/hourly_20260211_1900\.xlsx$/);
  const workbook = await readXlsx(await readFile(report.latest[0]!.path));
  for (const { sheetName, dataset, time, group, figures } of sheets) {
    const rows = (await readDataset(pipeline, dataset)).flatMap(({ good }) => good);
    const ofHour = rows.filter(({ values }) => values[time]?.startsWith(latestHour) === true);
    const sheet = workbook.sheets.find(({ name }) => name === sheetName);
    const groups = [...Map.groupBy(ofHour, ({ values }) => values[group])];
    expect(groups.length, sheetName).toBeGreaterThan(1);
    for (const [label, members] of [...groups, ['Total', ofHour] as const]) {
      const row: readonly unknown[] | undefined = sheet?.rows.find(([first]) => first === label);
      const numbers = row?.filter((cell) => typeof cell === 'number');
      const expected = [...figures(members), members.length].filter((figure) => figure !== null);
      expect(numbers, `${sheetName}, ${label}`).toEqual(
        expected.map((figure): unknown => expect.closeTo(figure, 3)),
      );
    }
  }
});

const sheets = [
  {
    sheetName: 'Calls',
    dataset: 'calls',
    time: 'started_at',
    group: 'team',
    figures: (rows: readonly CsvRow[]) => [
      rows.length,
      sum(rows, 'duration_seconds'),
      average(rows, 'wait_seconds'),
      sum(rows, 'revenue'),
    ],
  },
  {
    sheetName: 'Campaign interactions',
    dataset: 'campaign_interactions',
    time: 'occurred_at',
    group: 'campaign',
    figures: (rows: readonly CsvRow[]) => [rows.length, sum(rows, 'value')],
  },
  {
    sheetName: 'Quality scores',
    dataset: 'quality_scores',
    time: 'reviewed_at',
    group: 'team',
    figures: (rows: readonly CsvRow[]) => [rows.length, average(rows, 'score')],
  },
] as const;

/** Null: no row has a value, and the cell is empty. */
function sum(rows: readonly CsvRow[], column: string): number | null {
  const numbers = numbersOf(rows, column);
  return numbers.length === 0 ? null : numbers.reduce((total, number) => total + number, 0);
}

function average(rows: readonly CsvRow[], column: string): number | null {
  const total = sum(rows, column);
  return total === null ? null : total / numbersOf(rows, column).length;
}

function numbersOf(rows: readonly CsvRow[], column: string): number[] {
  return rows.flatMap(({ values }) => (typeof values[column] === 'string' ? [Number(values[column])] : []));
}

async function generateAll(simulator: Simulator, body: { readonly rows: number }): Promise<unknown> {
  const dispatcher = new Agent({ connect: { ca: await readFile(simulator.caFile) } });
  const response = await fetch(`${simulator.url}/sim/generate/all`, {
    method: 'POST',
    body: JSON.stringify(body),
    dispatcher,
  });
  const answer = await response.json();
  await dispatcher.close();
  return answer;
}

/** Compares the database with the generator's own count of each file, and with an independent reading of each row. */
async function expectEveryRow(pipeline: Pipeline): Promise<void> {
  for (const dataset of datasetNames) {
    const files = (await readDataset(pipeline, dataset)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(files.length, dataset).toBeGreaterThan(0);
    expect(await accounts(pipeline, dataset)).toEqual(
      files.map(({ name, truth }) => {
        const { rows, goodRows: loaded, badRows: rejected, duplicateRows: duplicate, sums } = truth;
        return { name, rows, loaded, rejected, duplicate, ...sums };
      }),
    );
    const loaded = Map.groupBy(await loadedRows(pipeline, dataset), ({ name }) => name);
    expect([...loaded.keys()]).toEqual(files.map(({ name }) => name));
    for (const { name, good } of files) {
      expect(loaded.get(name)).toEqual(good.map(({ line, values }) => ({ name, line, ...values })));
    }
    expect(await rejectedLines(pipeline, dataset)).toEqual(
      files.flatMap(({ name, badLines }) => badLines.map((line) => ({ name, line }))),
    );
  }
}

interface GeneratedCsv extends ReturnType<typeof readCsv> {
  readonly name: string;
  readonly truth: Truth;
}

async function readDataset({ settings, simulator }: Pipeline, name: DatasetName): Promise<GeneratedCsv[]> {
  const dataset = settings.datasets.find((each) => each.name === name)!;
  const files = simulator.library.list().filter(({ path }) => path.startsWith(name));
  return files.map(({ path }) => {
    const bytes = simulator.library.read(path);
    return { name: path, truth: truthOf(path, name, bytes), ...readCsv(bytes, dataset) };
  });
}

/** What the generator says of the file, which it makes once more. */
function truthOf(path: string, dataset: DatasetName, bytes: Buffer): Truth {
  const [, year, month, day, hours] = /(\d{4})-?(\d\d)-?(\d\d)(?:[_ ](\d\d)00)?\.csv$/.exec(path) ?? [];
  const hour = new Date(`${year}-${month}-${day}T${hours ?? '23'}:00:00Z`);
  const file = [undefined, 300]
    .map((rowCount) => generateFile(seed, dataset, hour, { rowCount }))
    .find((candidate) => candidate.bytes.equals(bytes));
  if (file === undefined) throw new Error(`${path} is no generated file`);
  return file.truth;
}

function accounts({ sql }: Pipeline, dataset: DatasetName): Promise<readonly unknown[]> {
  const sums = Object.keys(generatedDatasets[dataset].decimals).map(
    (column) => sql`, coalesce(sum(${sql(column)}), 0)::float8 as ${sql(column)}`,
  );
  return sql`
    select name, rows_read as rows, rows_loaded as loaded, rows_rejected as rejected, rows_duplicate as duplicate ${sums}
    from charlie.ingestion_log log left join ${sql(`datasets.${dataset}`)} row on row._file_id = log.file_id
    where dataset = ${dataset} and state = 'ingested'
    group by log.file_id order by name collate "C"`;
}

/** As the files write them: every value as text. */
function loadedRows({ sql, settings }: Pipeline, dataset: DatasetName): Promise<readonly { name: string }[]> {
  const columns = settings.datasets
    .find(({ name }) => name === dataset)!
    .columns.map(({ name, type }) =>
      type.kind === 'timestamp'
        ? sql`, to_char(${sql(name)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as ${sql(name)}`
        : sql`, ${sql(name)}::text`,
    );
  return sql<{ name: string }[]>`
    select log.name, _line as line ${columns}
    from ${sql(`datasets.${dataset}`)} row join charlie.ingestion_log log on log.file_id = row._file_id
    order by log.name collate "C", _line`;
}

function rejectedLines({ sql }: Pipeline, dataset: DatasetName): Promise<readonly unknown[]> {
  return sql`
    select name, line from charlie.rejects join charlie.ingestion_log using (file_id)
    where dataset = ${dataset} order by name collate "C", line`;
}
