import { resolve } from 'node:path';

import { z } from 'zod';
import { folderOf, isSetAside } from '../../directory/watched-folders.ts';
import { plainConfig } from '../../domain/job.ts';
import { maxPathBytes } from '../../domain/sync-run.ts';
import { ingestJobId, startIngest } from '../../runs/start-ingest.ts';
import type { Settings } from '../../settings/settings.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { configOf, configSchema } from '../config-json.ts';
import { idempotencyHeaders } from '../fields.ts';
import type { InTurn } from '../in-turn.ts';
import { Problem } from '../problem.ts';
import { startedSchema, startOnce } from '../start-once.ts';

export function addIngestRoute(app: Api, { sql, client, settings }: ApiParts, starts: InTurn): void {
  app.post(
    '/ingest',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'ingest',
        tags: ['runs'],
        summary: 'Load local files; without paths, what lies in ingestion_dir and matches a dataset',
        headers: idempotencyHeaders,
        body: z
          .strictObject({
            config: configSchema.optional().meta({ description: 'What the run does differently.' }),
            paths: z
              .array(z.string().regex(/^[ -\uffff]{1,4096}$/))
              .min(1)
              .max(1000)
              .optional()
              .meta({
                description:
                  'Files and folders below ingestion_dir or a watched folder, as the workers see them; relative ones start from ingestion_dir.',
              }),
          })
          .nullish()
          .meta({ examples: [{}] }),
        response: answers({ 202: startedSchema }, 'key_reused', 'too_large', 'unsupported_media_type'),
      },
    },
    (request, reply) => {
      const paths = pathsOf(settings, request.body?.paths ?? ['.']);
      const given = request.body?.config;
      if (given?.drop_gone === true && given.force_recreate !== true)
        throw new Problem('invalid', 'body/config/drop_gone: it stands without force_recreate.');
      const config = given === undefined ? plainConfig : configOf(given);
      return starts.run(ingestJobId, () =>
        startOnce(sql, { request, reply }, async (claim) => {
          const workflowId = await claim.ownId(ingestJobId);
          return {
            outcome: 'started',
            ...(await startIngest(client, settings, { paths, workflowId, config })),
          };
        }),
      );
    },
  );
}

/** Whoever may load files must not read what else the workers can. Throws a Problem. */
function pathsOf(settings: Settings, given: readonly string[]): readonly string[] {
  const paths = [...new Set(given.map((path) => resolve(settings.scheduler.ingestionDir, path)))];
  const outside = paths.find((path) => folderOf(settings, path) === null || isSetAside(settings, path));
  if (outside !== undefined)
    throw new Problem('invalid', `body/paths: ${outside} is in no folder that files are loaded from.`);
  if (Buffer.byteLength(paths.join('')) > maxPathBytes)
    throw new Problem(
      'invalid',
      'body/paths: they are too many for one run. Name the folder that holds them.',
    );
  return paths;
}
