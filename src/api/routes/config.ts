import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { JobDefinition } from '../../domain/job.ts';
import { exportJobs, importJobs } from '../../schedules/export-jobs.ts';
import { newJob } from '../../schedules/job-defaults.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { InTurn } from '../in-turn.ts';
import { definitionJson, definitionOf, definitionSchema } from '../job-json.ts';
import { Problem } from '../problem.ts';

const configurationSchema = z
  .strictObject({ version: z.literal(1), jobs: z.array(definitionSchema).max(1000) })
  .meta({ id: 'Configuration' });

const importedSchema = z.object({
  dry_run: z.boolean(),
  items: z.array(
    z.object({
      job_id: z.string(),
      outcome: z.enum(['created', 'updated', 'unchanged']),
      differences: z.array(z.object({ what: z.string(), now: z.string(), wanted: z.string() })),
    }),
  ),
});

const ifMatch = z.object({
  'if-match': z
    .string()
    .regex(/^(?:\*|"[A-Za-z0-9_-]{1,100}")$/)
    .optional()
    .meta({
      description: 'The ETag of the export that was changed; `*` for whatever stands there. Without it: 428.',
      examples: ['*'],
    }),
});

export function addConfigRoutes(app: Api, parts: ApiParts): void {
  addExportRoute(app, parts);
  addImportRoute(app, parts);
}

function addExportRoute(app: Api, { client }: ApiParts): void {
  app.get(
    '/scheduler/config/export',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'exportConfiguration',
        tags: ['jobs'],
        summary: 'How all jobs are declared, as the import takes it; its ETag is for If-Match there',
        response: answers({ 200: configurationSchema }),
      },
    },
    async (_request, reply) => {
      const jobs = await exportJobs(client.schedule);
      void reply.header('etag', etagOf(jobs));
      return { version: 1 as const, jobs: jobs.map(definitionJson) };
    },
  );
}

function addImportRoute(app: Api, { client, settings }: ApiParts): void {
  const inTurn = new InTurn();
  app.post(
    '/scheduler/config/import',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'importConfiguration',
        tags: ['jobs'],
        summary: 'Make these jobs, or bring them in line; others stay, and so do pauses and notes',
        headers: ifMatch,
        querystring: z.strictObject({
          dry_run: z
            .enum(['true', 'false'])
            .default('false')
            .meta({ description: 'Says what would be done, and changes nothing.' }),
        }),
        body: configurationSchema.meta({
          examples: [
            {
              version: 1,
              jobs: [{ job_id: 'hourly_check', cadences: [{ kind: 'interval', seconds: 3600 }] }],
            },
          ],
        }),
        response: answers(
          { 200: importedSchema },
          'conflict',
          'precondition_failed',
          'precondition_required',
          'too_large',
          'unsupported_media_type',
        ),
      },
    },
    (request, reply) =>
      inTurn.run('import', async () => {
        const { jobs } = request.body;
        const dryRun = request.query.dry_run === 'true';
        const ids = jobs.map(({ job_id }) => job_id);
        const twice = ids.find((id, index) => ids.indexOf(id) !== index);
        if (twice !== undefined) throw new Problem('invalid', `body/jobs: ${twice} is there twice.`);
        const definitions = jobs.map((job) =>
          definitionOf(job, newJob(job.job_id, job.kind ?? 'sync', settings)),
        );
        const agreed = () => assertMatch(request.headers['if-match'], () => exportJobs(client.schedule));
        const imported = await importJobs(client.schedule, settings, definitions, { dryRun, agreed });
        void reply.header('etag', etagOf(await exportJobs(client.schedule)));
        return {
          dry_run: dryRun,
          items: imported.map(({ id, outcome, differences }) => ({
            job_id: id,
            outcome,
            differences: [...differences],
          })),
        };
      }),
  );
}

async function assertMatch(given: string | undefined, read: () => Promise<JobDefinition[]>): Promise<void> {
  if (given === '*') return;
  if (given === undefined)
    throw new Problem('precondition_required', 'Bring If-Match: the ETag of the export, or *.');
  const etag = etagOf(await read());
  if (etag !== given)
    throw new Problem('precondition_failed', 'The jobs have changed since that export. Export them again.', {
      headers: { etag },
    });
}

function etagOf(jobs: readonly JobDefinition[]): string {
  const text = JSON.stringify(jobs.map(definitionJson));
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
}
