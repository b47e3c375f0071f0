import { syncJobId } from '../../schedules/jobs.ts';
import type { Api, ApiParts } from '../api.ts';
import type { InTurn } from '../in-turn.ts';
import { runNow, runNowSchema } from '../run-now.ts';

export function addPipelineRoute(app: Api, parts: ApiParts, starts: InTurn): void {
  app.post(
    '/pipeline/run',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'runPipeline',
        tags: ['runs'],
        summary: 'Run the sync job now, under its overlap policy',
        ...runNowSchema,
      },
    },
    (request, reply) => runNow(parts, starts, syncJobId, { request, reply, body: request.body }),
  );
}
