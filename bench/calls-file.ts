import { open } from 'node:fs/promises';

import { Random } from '../src/simulator/generator/random.ts';

/** What psql calls the nine columns of the file. */
export const callColumns = `
  call_id text, started_at timestamptz, team text, agent text, duration_seconds integer, wait_seconds integer,
  outcome text, revenue numeric(12,2), note text`;

export const callsToml = `
[datasets.calls]
patterns = ["calls_*.csv"]
key = ["call_id"]
event_time = "started_at"
timezone = "UTC"
[datasets.calls.columns]
call_id = { type = "text", required = true }
started_at = { type = "timestamp", required = true }
team = { type = "text", required = true }
agent = "text"
duration_seconds = { type = "integer", required = true }
wait_seconds = "integer"
outcome = "text"
revenue = "numeric(12,2)"
note = "text"
[datasets.calls.measures]
calls = "count(*)"
revenue = "sum(revenue)"
`;

const outcomes = ['resolved', 'callback', 'voicemail', 'transferred', 'abandoned'];
const notes = ['"asked for Ann"', '"said ""yes"", twice"', '"no answer, again"', '""'];
const firstCall = Date.UTC(2026, 10, 1);

/** Writes `rows` calls, some 75 bytes each, the same for the same seed; every thousandth row is bad if `dirty`. Returns the bytes. */
export async function writeCalls(
  path: string,
  rows: number,
  { dirty = false, firstId = 0 } = {},
): Promise<number> {
  const random = new Random(`calls ${firstId}`);
  await using file = await open(path, 'w');
  let bytes = 0;
  let lines = ['call_id,started_at,team,agent,duration_seconds,wait_seconds,outcome,revenue,note\n'];
  for (let row = 1; row <= rows; row++) {
    const line = call(random, firstId + row);
    lines.push(dirty && row % 1000 === 0 ? spoilt(line, row / 1000) : line);
    if (lines.length < 10_000 && row < rows) continue;
    bytes += (await file.write(lines.join(''))).bytesWritten;
    lines = [];
  }
  return bytes;
}

function call(random: Random, id: number): string {
  const at = new Date(firstCall + id * 1000 + random.integer(0, 600) * 1000).toISOString().slice(0, 19);
  return [
    `C${String(id).padStart(8, '0')}`,
    at.replace('T', ' '),
    `Team ${random.integer(1, 8)}`,
    `A${random.integer(100, 480)}`,
    random.integer(5, 1800),
    random.integer(0, 240),
    outcomes[random.integer(0, outcomes.length - 1)],
    `${random.integer(0, 900)}.${String(random.integer(0, 99)).padStart(2, '0')}`,
    `${notes[random.integer(0, notes.length - 1)] ?? ''}\n`,
  ].join(',');
}

/** In one of four ways. */
function spoilt(line: string, kind: number): string {
  const fields = line.split(',');
  if (kind % 4 === 0) fields[4] = 'two minutes';
  else if (kind % 4 === 1) fields[1] = '31/11/2026 10:00';
  else if (kind % 4 === 2) fields[2] = '';
  else fields.splice(3, 1);
  return fields.join(',');
}
