import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import type { Owner } from '../../database/owner.ts';
import { discardFile } from '../../database/queries/discard-file.ts';
import { pageLedger } from '../../database/queries/list-ledger.ts';
import {
  type QuarantinedDetails,
  readQuarantinedFile,
} from '../../database/queries/read-quarantined-file.ts';
import { retryFile } from '../../database/queries/retry-file.ts';
import { putBack } from '../../directory/put-back.ts';
import { removeCopy } from '../../directory/remove-copy.ts';
import { quarantineReasons } from '../../domain/quarantine-reasons.ts';
import { principalOf } from '../access.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { datasetName, dateTime, fileIdParams } from '../fields.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';

const shortSchema = z
  .object({
    file_id: z.int(),
    name: z.string(),
    path: z.string(),
    dataset: z.string(),
    reason: z.string(),
    detail: z.string().nullable(),
    quarantined_at: dateTime,
    run_id: z.string(),
  })
  .meta({ id: 'QuarantinedFile' });

const detailsSchema = shortSchema
  .extend({
    means: z.string(),
    to_do: z.string(),
    source: z.string(),
    size_bytes: z.int(),
    sha256: z.string().nullable(),
    modified_at: dateTime,
    workflow_id: z.string().nullable(),
    copy: z.string().nullable().meta({ description: 'On the machine whose worker refused it.' }),
    takedowns: z.int(),
    is_listed: z.boolean().meta({ description: 'Still at its source, in this version.' }),
    stays_loaded: z
      .object({ file_id: z.int(), rows: z.int() })
      .nullable()
      .meta({ description: 'The version before it.' }),
  })
  .meta({ id: 'QuarantinedFileDetails' });

const decidedSchema = z
  .object({ file_id: z.int(), name: z.string(), path: z.string(), state: z.enum(['pending', 'discarded']) })
  .meta({ id: 'DecidedFile' });

const positionSchema = z.tuple([z.int().min(1)]);

export function addQuarantineRoutes(app: Api, parts: ApiParts): void {
  addReadRoutes(app, parts);
  addRetryRoute(app, parts);
  addDiscardRoute(app, parts);
}

function addReadRoutes(app: Api, { sql }: ApiParts): void {
  app.get(
    '/quarantine',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listQuarantine',
        tags: ['quarantine'],
        summary: 'Files that were refused whole, last seen first',
        querystring: z.strictObject({ ...pageQuery, dataset: datasetName.optional() }),
        response: answers({ 200: pageOf(shortSchema) }),
      },
    },
    async (request, reply) => {
      const { limit, cursor, dataset = null } = request.query;
      const [before = null] = readCursor(cursor, positionSchema) ?? [];
      const filter = { state: 'quarantined', dataset, name: null, runId: null } as const;
      const files = await pageLedger(sql, { ...filter, before, limit: limit + 1 });
      const short = ({ fileId, endedAt, seenAt, reason, runId, ...file }: (typeof files)[number]) => ({
        file_id: fileId,
        name: file.name,
        path: file.path,
        dataset: file.dataset,
        reason: reason ?? '',
        detail: file.detail,
        quarantined_at: (endedAt ?? seenAt).toISOString(),
        run_id: runId,
      });
      return page(files, limit, { item: short, position: ({ fileId }) => [fileId] }, { request, reply });
    },
  );

  app.get(
    '/quarantine/:file_id',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getQuarantinedFile',
        tags: ['quarantine'],
        summary: 'All that is known of one, why it was refused, and what to do',
        params: fileIdParams,
        response: answers({ 200: detailsSchema }, 'not_found', 'conflict'),
      },
    },
    async ({ params }) => detailsOf(await readQuarantinedFile(sql, params.file_id)),
  );
}

function addRetryRoute(app: Api, parts: ApiParts): void {
  app.post(
    '/quarantine/:file_id/retry',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'retryQuarantinedFile',
        tags: ['quarantine'],
        summary: 'Put one back in line, after a fix of the file or of the settings: the next run takes it',
        params: fileIdParams,
        body: z
          .strictObject({
            accept_shrunk: z.boolean().default(false).meta({
              description: 'Also when it was held back for having lost more than half of its rows.',
            }),
          })
          .nullish()
          .meta({ examples: [{ accept_shrunk: true }] }),
        response: answers(
          { 200: decidedSchema },
          'not_found',
          'conflict',
          'unsupported_media_type',
          'too_large',
        ),
      },
    },
    async (request) => {
      const { name: by } = principalOf(request);
      const acceptShrunk = request.body?.accept_shrunk ?? false;
      const { fileId, name, path } = await retryFile(
        parts.sql,
        ownerOf(parts, request.id),
        request.params.file_id,
        {
          by,
          acceptShrunk,
          putBack,
        },
      );
      return { file_id: fileId, name, path, state: 'pending' as const };
    },
  );
}

function addDiscardRoute(app: Api, parts: ApiParts): void {
  const { sql, logger } = parts;
  app.post(
    '/quarantine/:file_id/discard',
    {
      config: { access: 'operator' },
      schema: {
        operationId: 'discardQuarantinedFile',
        tags: ['quarantine'],
        summary: 'Give one up: no run tries this version again, and its copy is removed where it can be',
        params: fileIdParams,
        response: answers(
          { 200: decidedSchema },
          'not_found',
          'conflict',
          'too_large',
          'unsupported_media_type',
        ),
      },
    },
    async (request) => {
      const { name: by } = principalOf(request);
      const { fileId, name, path, copy } = await discardFile(
        sql,
        ownerOf(parts, request.id),
        request.params.file_id,
        by,
      );
      const removed = await removeCopy(copy);
      if (removed !== 'removed')
        logger.info({ stage: 'api', requestId: request.id, fileId, copy, removed }, 'No copy was removed');
      return { file_id: fileId, name, path, state: 'discarded' as const };
    },
  );
}

function ownerOf({ logger }: ApiParts, requestId: string): Owner {
  return {
    runId: randomUUID(),
    activityId: 'api',
    attempt: 1,
    scheduledAt: new Date(),
    signal: new AbortController().signal,
    onTerminated: ({ name }) => {
      logger.warn({ stage: 'api', requestId, session: name }, 'Ended a database session that was left');
    },
  };
}

function detailsOf(file: QuarantinedDetails): z.output<typeof detailsSchema> {
  const explained = quarantineReasons[file.reason];
  return {
    file_id: file.fileId,
    name: file.name,
    path: file.path,
    dataset: file.dataset,
    reason: file.reason,
    means: explained?.means ?? '',
    to_do: explained?.toDo ?? '',
    detail: file.detail,
    source: file.sourceKind === 'directory' ? 'local files' : file.source,
    size_bytes: file.sizeBytes,
    sha256: file.sha256,
    modified_at: file.modifiedAt.toISOString(),
    quarantined_at: file.quarantinedAt.toISOString(),
    run_id: file.runId,
    workflow_id: file.workflowId,
    copy: file.copy,
    takedowns: file.takedowns,
    is_listed: file.isListed,
    stays_loaded: file.earlier === null ? null : { file_id: file.earlier.fileId, rows: file.earlier.rows },
  };
}
