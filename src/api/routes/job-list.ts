import type { FastifyReply } from 'fastify';
import { z } from 'zod';

import { describeJobs, jobIds } from '../../schedules/read-jobs.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { jobJson, jobSchema } from '../job-json.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { SharedRead } from '../shared-read.ts';

/** Seconds; nobody gets what is older. */
const oldest = 60;

/** Of which what was read is kept. */
const mostPages = 20;

const ageHeaders = z.object({
  'cache-control': z
    .string()
    .max(200)
    .optional()
    .meta({
      description: `\`max-age=SECONDS\`: the answer may be so old, ${oldest} at most, and Age says how old it is. Without it jobs are read from Temporal anew.`,
      examples: ['max-age=10'],
    }),
});

const positionSchema = z.tuple([z.string()]);

interface JobsPage {
  /** One more than the page shows, where there are more. */
  readonly ids: readonly string[];
  /** As JSON: writing that takes longer than all else when what was read is given to many. */
  readonly items: string;
}

/** Temporal works some milliseconds for each job that is shown: those who ask at once share that, and who asks often may take what was read a moment ago. */
export function addJobListRoute(app: Api, { client }: ApiParts): void {
  const pages = new Map<string, SharedRead<JobsPage>>();

  app.get(
    '/scheduler/jobs',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listJobs',
        tags: ['jobs'],
        summary: 'All jobs as they stand in Temporal now, by id',
        headers: ageHeaders,
        querystring: z.strictObject({ ...pageQuery, limit: pageQuery.limit.default(200) }),
        response: answers({ 200: pageOf(jobSchema) }),
      },
    },
    async (request, reply): Promise<void> => {
      const { limit, cursor } = request.query;
      const [after = ''] = readCursor(cursor, positionSchema) ?? [];
      const maxAge = maxAgeOf(request.headers['cache-control']);
      const { value, ageMs } = await pageAt(after, limit).get(maxAge * 1000);
      void reply.header('age', Math.ceil(ageMs / 1000));
      const { next_cursor: next } = page(
        value.ids,
        limit,
        { item: (id) => id, position: (id) => [id] },
        { request, reply },
      );
      const body = `{"items":${value.items},"next_cursor":${JSON.stringify(next)}}`;
      await (reply as FastifyReply).type('application/json; charset=utf-8').send(body);
    },
  );

  function pageAt(after: string, limit: number): SharedRead<JobsPage> {
    const key = `${limit} ${after}`;
    const known = pages.get(key);
    if (known !== undefined) return known;
    const [first = ''] = pages.keys();
    if (pages.size === mostPages) pages.delete(first);
    const made = new SharedRead(() => readPage(after, limit));
    pages.set(key, made);
    return made;
  }

  async function readPage(after: string, limit: number): Promise<JobsPage> {
    const ids = (await jobIds(client.schedule)).filter((id) => id > after).slice(0, limit + 1);
    const jobs = await describeJobs(client.schedule, ids.slice(0, limit));
    return { ids, items: JSON.stringify(jobs.map(jobJson)) };
  }
}

/** In seconds; 0 where nothing is said. */
function maxAgeOf(cacheControl = ''): number {
  const [, seconds = '0'] = /(?:^|[\s,])max-age=(\d+)/i.exec(cacheControl) ?? [];
  return Math.min(Number(seconds), oldest);
}
