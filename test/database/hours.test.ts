import fc from 'fast-check';
import { expect, inject, test } from 'vitest';

import { connect } from '../../src/database/connection.ts';
import { QuarterTally } from '../../src/ingest/quarter-tally.ts';
import { Secret } from '../../src/settings/secret.ts';

test('what is counted as one time lies in one hour of every zone that Postgres knows', async () => {
  const sql = connect(new Secret(inject('postgresUrl')), 1);
  const second = fc.oneof(
    fc.integer({ min: Date.UTC(1890, 0) / 1000, max: Date.UTC(2040, 0) / 1000 }),
    fc.integer({ min: Date.UTC(1979, 8) / 1000, max: Date.UTC(1980, 1) / 1000 }),
  );
  const times = fc.sample(second, 1000);
  const pairs = times.map((time) => {
    const tally = new QuarterTally();
    tally.add(time, 1);
    return { time, start: tally.quarters[0]!.start };
  });

  const wrong = await sql`
    select name, time, start
    from pg_timezone_names cross join unnest(
      ${pairs.map(({ time }) => time)}::float8[], ${pairs.map(({ start }) => start)}::float8[]) as pair (time, start)
    where date_trunc('hour', to_timestamp(time), name) <> date_trunc('hour', to_timestamp(start), name)
    limit 5`;

  expect([...wrong]).toEqual([]);
  await sql.end();
});

test('rows are counted once, wherever their times lie', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -3_000_000_000, max: 3_000_000_000 }), { minLength: 1 }),
      (times) => {
        const tally = new QuarterTally();
        for (const [index, time] of times.entries()) tally.add(time, index + 2);
        const { quarters } = tally;
        expect(quarters.reduce((sum, { rows }) => sum + rows, 0)).toBe(times.length);
        for (const { start, rows, firstLine, lastLine } of quarters) {
          const lines = times.flatMap((time, index) => {
            const length = time < Date.UTC(1980, 0) / 1000 ? 1 : 900;
            return time >= start && time < start + length ? [index + 2] : [];
          });
          expect([rows, firstLine, lastLine]).toEqual([lines.length, lines[0], lines.at(-1)]);
        }
      },
    ),
  );
});
