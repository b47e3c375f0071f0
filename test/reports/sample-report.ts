import type { DatasetFigures, HourlyReport } from '../../src/domain/hourly-report.ts';

export const calls: DatasetFigures = {
  dataset: 'calls',
  groupBy: ['team'],
  measures: [
    { name: 'calls', function: 'count' },
    { name: 'average_wait_seconds', function: 'avg' },
    { name: 'revenue', function: 'sum' },
  ],
  rows: 30,
  groups: [
    { key: ['North'], rows: 10, values: [10, '21.5000000000000000', '1000.10'], fileIds: [12, 15] },
    { key: ['South'], rows: 12, values: [12, '19.3333333333333333', '200.20'], fileIds: [12] },
    { key: [null], rows: 8, values: [8, null, '0.00'], fileIds: [15] },
  ],
  total: [30, '20.3181818181818182', '1200.30'],
  previousTotal: [24, '25.0000000000000000', '1500.40'],
  previousRows: 24,
};

const quality: DatasetFigures = {
  dataset: 'quality_scores',
  groupBy: ['team', 'channel'],
  measures: [{ name: 'reviews', function: 'count' }],
  rows: 0,
  groups: [],
  total: [0],
  previousTotal: [0],
  previousRows: 0,
};

/** Friday 20 November 2026, 14:00 to 15:00 in Berlin. */
export const sample: HourlyReport = {
  periodStart: '2026-11-20T13:00:00Z',
  periodEnd: '2026-11-20T14:00:00Z',
  zone: 'Europe/Berlin',
  generatedAt: '2026-11-20T14:05:12Z',
  datasets: [calls, quality],
  sources: [
    {
      fileId: 12,
      name: 'calls_20261120_14.csv',
      path: '/Shared Documents/Reports/calls_20261120_14.csv',
      dataset: 'calls',
      sha256: 'a'.repeat(64),
      ingestedAt: '2026-11-20T14:01:27.900Z',
      rowsInHour: 16,
      firstLine: 2,
      lastLine: 18,
      rowsRejected: 3,
    },
    {
      fileId: 15,
      name: 'calls 2026-11-20.csv',
      path: '/Shared Documents/Reports/calls 2026-11-20.csv',
      dataset: 'calls',
      sha256: 'b'.repeat(64),
      ingestedAt: '2026-11-20T14:02:00Z',
      rowsInHour: 14,
      firstLine: 7,
      lastLine: 40,
      rowsRejected: 0,
    },
  ],
  rejects: [
    {
      fileId: 12,
      fileName: 'calls_20261120_14.csv',
      line: 9,
      column: 'duration_seconds',
      reason: 'not_an_integer',
      detail: '"4O" is not an integer',
      raw: '=cmd|calc,2026-11-20T13:09:00Z,North,4O',
    },
  ],
  rejectsOmitted: 2,
};

export const empty: HourlyReport = {
  ...sample,
  datasets: [
    { ...calls, rows: 0, groups: [], total: [0, null, null] },
    { ...quality, groups: [] },
  ],
  sources: [],
  rejects: [],
  rejectsOmitted: 0,
};
