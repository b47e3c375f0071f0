import { expect, test } from 'vitest';

import { loadToml, problemsOfToml } from './settings-folder.ts';

const valid = `[datasets.calls]
patterns = ["calls_*.csv"]
delimiter = ";"
encoding = "windows-1252"
key = ["call_id"]
event_time = "started_at"
group_by = ["team"]
[datasets.calls.columns]
call_id = "text"
started_at = { type = "timestamp", required = true, headers = ["Started At"], format = "M/D/YY H:mm" }
team = { type = "text", headers = [" TEAM "] }
revenue = "numeric(12,2)"
weight = "numeric"
[datasets.calls.measures]
calls = "count(*)"
revenue = "sum( revenue )"
teams = "count(team)"
`;

const noRules = { formats: [], default: null, min: null, max: null, pattern: null };

test('A dataset is read with its columns and measures in the order in which they are written', () => {
  const { settings } = loadToml(`[scheduler]\ntimezone = "Europe/Berlin"\n${valid}`);
  expect(settings.datasets).toEqual([
    {
      name: 'calls',
      enabled: true,
      patterns: ['calls_*.csv'],
      delimiter: ';',
      encoding: 'windows-1252',
      unknownColumns: 'ignore',
      key: ['call_id'],
      onDuplicate: 'first',
      maxRejected: { rows: 10_000, ratio: 0.5 },
      eventTime: 'started_at',
      timezone: 'Europe/Berlin',
      groupBy: ['team'],
      columns: [
        { name: 'call_id', type: { kind: 'text' }, headers: ['call_id'], required: false, ...noRules },
        {
          name: 'started_at',
          type: { kind: 'timestamp' },
          headers: ['Started At', 'started_at'],
          required: true,
          ...noRules,
          formats: ['M/D/YY H:mm'],
        },
        { name: 'team', type: { kind: 'text' }, headers: [' TEAM '], required: false, ...noRules },
        {
          name: 'revenue',
          type: { kind: 'numeric', precision: 12, scale: 2 },
          headers: ['revenue'],
          required: false,
          ...noRules,
        },
        {
          name: 'weight',
          type: { kind: 'numeric', precision: null, scale: null },
          headers: ['weight'],
          required: false,
          ...noRules,
        },
      ],
      measures: [
        { name: 'calls', function: 'count', column: null },
        { name: 'revenue', function: 'sum', column: 'revenue' },
        { name: 'teams', function: 'count', column: 'team' },
      ],
    },
  ]);
});

interface Mistake {
  readonly title: string;
  /** What is replaced in the valid dataset, and by what. */
  readonly change: readonly [string, string];
  readonly key: string;
  readonly message: string;
  readonly suggestion?: string;
}

test.each<Mistake>([
  {
    title: 'an unknown column in the key',
    change: ['key = ["call_id"]', 'key = ["cal_id"]'],
    key: 'calls.key',
    message: 'names "cal_id"',
    suggestion: 'call_id',
  },
  {
    title: 'an unknown column to group by',
    change: ['["team"]', '["teem"]'],
    key: 'calls.group_by',
    message: 'names "teem"',
    suggestion: 'team',
  },
  {
    title: 'an unknown event time',
    change: ['"started_at"', '"startedat"'],
    key: 'calls.event_time',
    message: 'names "startedat"',
    suggestion: 'started_at',
  },
  {
    title: 'an event time that is no timestamp',
    change: ['"started_at"', '"team"'],
    key: 'calls.event_time',
    message: 'of type text',
  },
  {
    title: 'an unknown column in a measure',
    change: ['sum( revenue )', 'sum(revenu)'],
    key: 'calls.measures.revenue',
    message: 'names "revenu"',
    suggestion: 'revenue',
  },
  {
    title: 'a sum of texts',
    change: ['sum( revenue )', 'sum(team)'],
    key: 'calls.measures.revenue',
    message: 'sum of team, of type text',
  },
  {
    title: 'an unknown function',
    change: ['count(*)', 'median(revenue)'],
    key: 'calls.measures.calls',
    message: 'median(revenue)',
  },
  {
    title: 'a sum of everything',
    change: ['count(*)', 'sum(*)'],
    key: 'calls.measures.calls',
    message: 'sum(*)',
  },
  {
    title: 'figures without an event time',
    change: ['event_time = "started_at"', ''],
    key: 'calls.measures',
    message: 'event_time is not set',
  },
  {
    title: 'an unknown type',
    change: ['call_id = "text"', 'call_id = "txt"'],
    key: 'calls.columns.call_id.type',
    message: 'is "txt"',
    suggestion: '"text"',
  },
  {
    title: 'an impossible precision',
    change: ['numeric(12,2)', 'numeric(2,12)'],
    key: 'calls.columns.revenue.type',
    message: 'scale is more',
  },
  {
    title: 'an unknown key of a column',
    change: ['required = true', 'require = true'],
    key: 'columns.started_at.require',
    message: 'not a known key',
    suggestion: 'required',
  },
  {
    title: 'an unknown key of a dataset',
    change: ['group_by =', 'group_bye ='],
    key: 'calls.group_bye',
    message: 'not a known key',
    suggestion: 'group_by',
  },
  {
    title: 'a header of two columns',
    change: ['" TEAM "', '"Call_ID"'],
    key: 'calls.columns.team',
    message: 'header "call_id"',
  },
  {
    title: 'a format that means nothing',
    change: ['M/D/YY', 'M/D/yy'],
    key: 'columns.started_at.format',
    message: 'holds "y"',
  },
  {
    title: 'a format of a text',
    change: ['headers = [" TEAM "]', 'format = "YYYY-MM-DD"'],
    key: 'columns.team.format',
    message: 'the type is text',
  },
  {
    title: 'a bound of a text',
    change: ['headers = [" TEAM "]', 'max = "z"'],
    key: 'columns.team.max',
    message: 'the type is text',
  },
  {
    title: 'a bound that is no number',
    change: ['weight = "numeric"', 'weight = { type = "numeric", min = "1e3" }'],
    key: 'columns.weight.min',
    message: 'which is no numeric',
  },
  {
    title: 'bounds the wrong way round',
    change: ['weight = "numeric"', 'weight = { type = "numeric", min = 2, max = 1.5 }'],
    key: 'columns.weight.min',
    message: 'more than max',
  },
  {
    title: 'a default beyond the bounds',
    change: ['weight = "numeric"', 'weight = { type = "numeric", default = 0, min = 1 }'],
    key: 'columns.weight.default',
    message: 'not between min and max',
  },
  {
    title: 'a default that is no day',
    change: ['weight = "numeric"', 'weight = { type = "date", default = "2026-02-30" }'],
    key: 'columns.weight.default',
    message: 'which is no date',
  },
  {
    title: 'an enum without values',
    change: ['weight = "numeric"', 'weight = "enum"'],
    key: 'columns.weight.values',
    message: 'is missing',
  },
  {
    title: 'a default that is none of the values',
    change: ['weight = "numeric"', 'weight = { type = "enum", values = ["a", "b"], default = "c" }'],
    key: 'columns.weight.default',
    message: 'none of the values',
  },
  {
    title: 'a pattern that is no regular expression',
    change: ['headers = [" TEAM "]', 'pattern = "["'],
    key: 'columns.team.pattern',
    message: 'which is none',
  },
  {
    title: 'a share of rejected rows that is none',
    change: ['delimiter = ";"', 'max_rejected_ratio = 2'],
    key: 'calls.max_rejected_ratio',
    message: 'is 2',
  },
  {
    title: 'a pattern that is a path',
    change: ['calls_*.csv', 'in/calls_*.csv'],
    key: 'calls.patterns',
    message: 'more than a file name',
  },
  {
    title: 'a delimiter of two characters',
    change: ['delimiter = ";"', 'delimiter = ";;"'],
    key: 'calls.delimiter',
    message: 'is ";;", which is not one character',
  },
  {
    title: 'a letter for a delimiter',
    change: ['delimiter = ";"', 'delimiter = "x"'],
    key: 'calls.delimiter',
    message: 'which stands in values',
  },
  {
    title: 'an unknown encoding',
    change: ['"windows-1252"', '"windows1252"'],
    key: 'calls.encoding',
    message: 'is "windows1252"',
    suggestion: '"windows-1252"',
  },
  {
    title: 'an empty list of patterns',
    change: ['"calls_*.csv"', ''],
    key: 'calls.patterns',
    message: 'empty',
  },
  {
    title: 'a dataset without patterns',
    change: ['patterns = ["calls_*.csv"]', ''],
    key: 'calls.patterns',
    message: 'is missing',
  },
  {
    title: 'a key that is there twice',
    change: ['["call_id"]', '["call_id", "call_id"]'],
    key: 'calls.key',
    message: 'there twice',
  },
  {
    title: 'a key that is no list',
    change: ['["call_id"]', '"call_id"'],
    key: 'calls.key',
    message: 'is "call_id"',
    suggestion: '["call_id"]',
  },
  {
    title: 'an unknown zone',
    change: ['event_time =', 'timezone = "Berlin"\nevent_time ='],
    key: 'calls.timezone',
    message: 'zone',
    suggestion: '"Europe/Berlin"',
  },
  {
    title: 'a column with a capital',
    change: ['weight =', 'Weight ='],
    key: 'calls.columns.Weight',
    message: 'cannot be called',
    suggestion: 'weight',
  },
  {
    title: 'a column with an underscore in front',
    change: ['weight =', '_weight ='],
    key: 'calls.columns._weight',
    message: 'cannot be called',
    suggestion: 'weight',
  },
  {
    title: 'a column with too long a name',
    change: ['weight =', 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww ='],
    key: 'calls.columns.www',
    message: 'cannot be called',
  },
])('$title is refused, and nothing else', ({ change: [from, to], key, message, suggestion }) => {
  expect(valid).toContain(from);
  const problems = problemsOfToml(valid.replace(from, () => to));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ file: 'settings.toml', suggestion: suggestion ?? null });
  expect(problems[0]!.key).toContain(key);
  expect(problems[0]!.message).toContain(message);
  expect(problems[0]!.line).toBeGreaterThan(0);
});

test('A name of 63 characters is the longest of a column, one of 48 the longest of a dataset', () => {
  const dataset = (name: string, column: string): string =>
    `[datasets.${name}]\npatterns = ["a*"]\ncolumns = { ${column} = "text" }`;
  expect(problemsOfToml(dataset('d'.repeat(48), 'c'.repeat(63)))).toEqual([]);
  expect(problemsOfToml(dataset('d'.repeat(49), 'c'))).toHaveLength(1);
});

test('A pattern that two enabled datasets share is refused, without regard to case', () => {
  const other = '[datasets.other]\npatterns = ["CALLS_*.csv"]\ncolumns = { a = "text" }\n';
  const problems = problemsOfToml(valid + other);
  expect(problems.map(({ key, message }) => `${key} ${message}`)).toEqual([
    'datasets.other.patterns has "calls_*.csv", which takes files for calls already',
  ]);
  expect(problemsOfToml(valid + other.replace('columns', 'enabled = false\ncolumns'))).toEqual([]);
});

test('A dataset without columns is one problem', () => {
  const problems = problemsOfToml('[datasets.calls]\npatterns = ["a*"]\nkey = ["x"]\nevent_time = "y"');
  expect(problems.map(({ key, message }) => `${key} ${message}`)).toEqual([
    'datasets.calls.columns is missing',
  ]);
});

test('A refused type of the event time is one problem', () => {
  const problems = problemsOfToml(valid.replace('"timestamp"', '"timestmp"'));
  expect(problems.map(({ key }) => key)).toEqual(['datasets.calls.columns.started_at.type']);
});
