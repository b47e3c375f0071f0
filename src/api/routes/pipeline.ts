import { z } from 'zod';

import { syncJobId } from '../../schedules/jobs.ts';
import { triggerClaimed } from '../../schedules/trigger-claimed.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { idempotencyHeaders } from '../fields.ts';
import type { InTurn } from '../in-turn.ts';
import { startedSchema, startOnce } from '../start-once.ts';

export const runNowBody = z
  .strictObject({
    force: z.boolean().default(false).meta({ description: 'Also beside a run that is under way.' }),
  })
  .nullish()
  .meta({ examples: [{ force: false }] });

export function addPipelineRoute(app: Api, { sql, client }: ApiParts, starts: InTurn): void {
  app.post(
    '/pipeline/run',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'runPipeline',
        tags: ['runs'],
        summary: 'Run the sync job now, under its overlap policy',
        headers: idempotencyHeaders,
        body: runNowBody,
        response: answers(
          { 202: startedSchema },
          'not_found',
          'run_skipped',
          'key_reused',
          'too_large',
          'unsupported_media_type',
        ),
      },
    },
    (request, reply) => {
      const force = request.body?.force ?? false;
      return starts.run(syncJobId, () =>
        startOnce(sql, { request, reply }, (claim) => triggerClaimed(client, syncJobId, { force, claim })),
      );
    },
  );
}
