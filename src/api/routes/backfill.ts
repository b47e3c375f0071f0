import { z } from 'zod';

import { backfillJob, backfillSlots } from '../../schedules/backfill-job.ts';
import type { PreviewedFire } from '../../schedules/preview-job.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { dateTime, idempotencyHeaders, jobId, moment } from '../fields.ts';
import { Problem } from '../problem.ts';
import { answerOnce, requestHash } from '../start-once.ts';

const slotSchema = z.object({
  at: dateTime,
  local: z.string().meta({ description: 'As clocks show it in the zone of the job.' }),
  offset: z.string(),
  mark: z.enum(['moved', 'repeated']).nullable().meta({
    description: 'On days when clocks are changed: `moved` out of a gap; `repeated` runs end at once.',
  }),
});

const mostYears = 10;

export function addBackfillRoute(app: Api, { client, sql }: ApiParts): void {
  app.post(
    '/scheduler/jobs/:job_id/backfill',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'backfillJob',
        tags: ['jobs'],
        summary:
          'Have a job run for each time that it was due in a range, one after the other; with dry_run, say which',
        headers: idempotencyHeaders,
        params: z.object({ job_id: jobId }),
        body: z
          .strictObject({
            from: moment.meta({ description: 'Belongs to the range.' }),
            to: moment.meta({ description: 'Belongs to the range.' }),
            side_by_side: z.boolean().default(false),
            dry_run: z.boolean().default(false),
          })
          .meta({ examples: [{ from: '2026-11-20T00:00:00Z', to: '2026-11-20T06:00:00Z', dry_run: true }] }),
        response: answers(
          { 200: slotsSchema(), 202: slotsSchema() },
          'not_found',
          'key_reused',
          'too_large',
          'unsupported_media_type',
        ),
      },
    },
    async (request, reply) => {
      const { job_id: id } = request.params;
      const { from, to, side_by_side: allow, dry_run: isDry } = request.body;
      const range = { from: new Date(from), to: new Date(to) };
      if (range.to < range.from) throw new Problem('invalid', 'body/to: it is before `from`.');
      if (range.to.getTime() - range.from.getTime() > mostYears * 366 * 86_400_000)
        throw new Problem('invalid', `body/to: the range is longer than ${mostYears} years.`);
      if (isDry) return { slots: (await backfillSlots(client.schedule, id, range)).fires.map(slotOf) };
      const { body, location } = await answerOnce(sql, { request, reply }, async ({ key }) => {
        const requestId = requestHash(key);
        const slots = await backfillJob(client.schedule, id, range, { allow, requestId });
        const history = `/scheduler/jobs/${id}/history`;
        return { status: 202, location: history, body: { slots: slots.map(slotOf) } };
      });
      return reply
        .code(202)
        .header('location', location ?? '')
        .send(slotsSchema().parse(body));
    },
  );
}

function slotsSchema() {
  return z.object({ slots: z.array(slotSchema) });
}

function slotOf({ at, local, offset, mark }: PreviewedFire): z.output<typeof slotSchema> {
  return { at, local, offset, mark };
}
