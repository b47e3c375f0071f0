import { type Agent, agents, campaigns, comments } from './contact-centre.ts';
import type { Random } from './random.ts';

export const datasetNames = [
  'calls',
  'campaign_interactions',
  'quality_scores',
  'agent_productivity',
] as const;
export type DatasetName = (typeof datasetNames)[number];

/** Where in its file a row stands. */
interface Place {
  readonly hour: Date;
  readonly index: number;
  /** Of all rows. */
  readonly count: number;
}

export interface Row {
  readonly cells: readonly string[];
  /** In units of the last decimal that `decimals` of the dataset tells, so that sums stay exact. */
  readonly amounts: Readonly<Record<string, number>>;
}

export interface GeneratedDataset {
  readonly headers: readonly string[];
  /** Whether the hour that begins then ends with an upload. */
  readonly dueAt: (hour: Date) => boolean;
  readonly rowCount: (hour: Date, random: Random) => number;
  readonly row: (random: Random, place: Place) => Row;
  /** Values that make a row unacceptable: which column, what it says then. */
  readonly spoilt: readonly [readonly [header: string, value: string], ...(readonly [string, string])[]];
  /** Columns of which sums are known, with their decimals. */
  readonly decimals: Readonly<Record<string, number>>;
}

export const generatedDatasets: Readonly<Record<DatasetName, GeneratedDataset>> = {
  calls: {
    headers: [
      'call_id',
      'Started At',
      'Team',
      'Agent',
      'Campaign',
      'Duration (s)',
      'Wait (s)',
      'Outcome',
      'Revenue',
      'Notes',
    ],
    dueAt: () => true,
    rowCount: (hour, random) => Math.round(load(hour) * random.integer(100, 140)),
    row: callRow,
    spoilt: [
      ['Duration (s)', 'n/a'],
      ['call_id', ''],
      ['Started At', 'unknown'],
    ],
    decimals: { duration_seconds: 0, wait_seconds: 0, revenue: 2 },
  },
  campaign_interactions: {
    headers: ['interaction_id', 'occurred_at', 'campaign', 'channel', 'contact_id', 'converted', 'value'],
    dueAt: () => true,
    rowCount: (hour, random) => Math.round(load(hour) * random.integer(60, 100)),
    row: interactionRow,
    spoilt: [
      ['occurred_at', 'not recorded'],
      ['interaction_id', ''],
    ],
    decimals: { value: 2 },
  },
  quality_scores: {
    headers: ['review_id', 'reviewed_at', 'team', 'agent', 'score', 'comment'],
    dueAt: (hour) => [9, 12, 15, 18].includes(hour.getUTCHours()),
    rowCount: (_hour, random) => random.integer(12, 30),
    row: reviewRow,
    spoilt: [
      ['score', 'n/a'],
      ['team', ''],
    ],
    decimals: { score: 2 },
  },
  agent_productivity: {
    headers: ['work_date', 'agent_id', 'agent', 'team', 'calls_handled', 'logged_in_minutes', 'occupancy'],
    dueAt: (hour) => hour.getUTCHours() === 23,
    rowCount: () => agents.length,
    row: productivityRow,
    spoilt: [
      ['work_date', 'tbd'],
      ['agent_id', ''],
    ],
    decimals: { calls_handled: 0, logged_in_minutes: 0, occupancy: 4 },
  },
};

/** The hour as file names and keys write it: `2026`, `11`, `22`, `14`. */
export function hourParts(hour: Date): { year: string; month: string; day: string; hours: string } {
  const text = hour.toISOString();
  return {
    year: text.slice(0, 4),
    month: text.slice(5, 7),
    day: text.slice(8, 10),
    hours: text.slice(11, 13),
  };
}

function callRow(random: Random, place: Place): Row {
  const agent = random.pick(agents);
  const outcome = random.pick([
    'sale',
    'no sale',
    'no sale',
    'callback',
    'resolved',
    'resolved',
    'voicemail',
  ]);
  const duration = outcome === 'voicemail' ? random.integer(5, 40) : random.integer(45, 900);
  const wait = random.integer(0, 180);
  const revenue = outcome === 'sale' ? random.integer(900, 24_900) : 0;
  const notes = random.once(12) ? random.pick(comments) : '';
  const cells = [
    key('C', place),
    timeIn(random, place),
    agent.team,
    agent.name,
    random.pick(campaigns),
    String(duration),
    String(wait),
    outcome,
    revenue === 0 ? '' : fixed(revenue, 2),
    notes,
  ];
  return { cells, amounts: { duration_seconds: duration, wait_seconds: wait, revenue } };
}

function interactionRow(random: Random, place: Place): Row {
  const converted = random.once(9);
  const value = converted ? random.integer(500, 19_900) : 0;
  const cells = [
    key('I', place),
    timeIn(random, place),
    random.pick(campaigns),
    random.pick(['email', 'sms', 'chat', 'web']),
    String(4_900_000_000 + random.integer(0, 99_999_999)),
    String(converted),
    fixed(value, 2),
  ];
  return { cells, amounts: { value } };
}

function reviewRow(random: Random, place: Place): Row {
  const agent = random.pick(agents);
  const score = random.integer(5500, 10_000);
  const cells = [
    key('Q', place),
    timeIn(random, place),
    agent.team,
    agent.name,
    fixed(score, 2),
    random.pick(comments),
  ];
  return { cells, amounts: { score } };
}

/** One row an agent; beyond the real ones they are invented, as every row needs its own. */
function productivityRow(random: Random, { hour, index }: Place): Row {
  const agent: Agent = agents[index] ?? { ...random.pick(agents), id: `A${1001 + index}` };
  const handled = random.integer(18, 64);
  const minutes = random.integer(240, 510);
  const occupancy = random.integer(5200, 9700);
  const { year, month, day } = hourParts(hour);
  const cells = [
    `${year}-${month}-${day}`,
    agent.id,
    agent.name,
    agent.team,
    String(handled),
    String(minutes),
    fixed(occupancy, 4),
  ];
  return { cells, amounts: { calls_handled: handled, logged_in_minutes: minutes, occupancy } };
}

/** How busy the hour is: quiet nights, busiest before noon and in the late afternoon. */
function load(hour: Date): number {
  const byHour = [1, 1, 1, 1, 1, 2, 4, 6, 9, 10, 10, 9, 8, 8, 9, 9, 10, 10, 8, 6, 4, 3, 2, 1];
  return (byHour[hour.getUTCHours()] ?? 1) / 10;
}

function key(letter: string, { hour, index }: Place): string {
  const { year, month, day, hours } = hourParts(hour);
  return `${letter}-${year}${month}${day}-${hours}-${String(index + 1).padStart(5, '0')}`;
}

/** Times rise with the rows and stay within the hour. */
function timeIn(random: Random, { hour, index, count }: Place): string {
  const seconds = Math.floor(((index + random.fraction()) * 3600) / count);
  return new Date(hour.getTime() + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function fixed(amount: number, decimals: number): string {
  return (amount / 10 ** decimals).toFixed(decimals);
}
