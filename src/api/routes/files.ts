import { z } from 'zod';

import { findRun } from '../../database/queries/find-run.ts';
import { type LedgerFile, pageLedger, readLedgerFile } from '../../database/queries/list-ledger.ts';
import { patternToRegex } from '../../domain/file-pattern.ts';
import { type FileState, fileStates } from '../../domain/file-state.ts';
import { answers } from '../answers.ts';
import type { Api, ApiParts } from '../api.ts';
import { datasetName, dateTime, fileIdParams, runReference } from '../fields.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';

const fileSchema = z
  .object({
    file_id: z.int(),
    name: z.string(),
    path: z.string(),
    source: z.enum(['sharepoint', 'directory']),
    dataset: z.string(),
    state: z.enum(Object.keys(fileStates) as [FileState, ...FileState[]]),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Of quarantine, or of a pending file that is not ready.' }),
    detail: z.string().nullable(),
    size_bytes: z.int(),
    sha256: z.string().nullable(),
    modified_at: dateTime,
    seen_at: dateTime,
    ended_at: dateTime.nullable(),
    rows: z
      .object({ read: z.int(), loaded: z.int(), rejected: z.int(), duplicate: z.int(), blank: z.int() })
      .nullable()
      .meta({ description: 'read = loaded + rejected + duplicate + blank; null until it was loaded.' }),
    duplicate_of: z.int().nullable(),
    replaced_by: z.int().nullable(),
    decided_by: z.string().nullable(),
    decided_at: dateTime.nullable(),
    run_id: z.string(),
    workflow_id: z.string().nullable(),
  })
  .meta({ id: 'File' });

const positionSchema = z.tuple([z.int().min(1)]);

export function addFileRoutes(app: Api, { sql }: ApiParts): void {
  app.get(
    '/files',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'listFiles',
        tags: ['files'],
        summary: 'Files of the ledger, last seen first',
        querystring: z.strictObject({
          ...pageQuery,
          state: z.enum(Object.keys(fileStates) as [FileState, ...FileState[]]).optional(),
          dataset: datasetName.optional(),
          name: z
            .string()
            .regex(/^[ -\uffff]{1,255}$/)
            .optional()
            .meta({ description: 'A glob: `*` and `?` stand for characters.' }),
          run: runReference.optional(),
        }),
        response: answers({ 200: pageOf(fileSchema) }, 'not_found'),
      },
    },
    async (request, reply) => {
      const { limit, cursor, state = null, dataset = null, name, run } = request.query;
      const [before = null] = readCursor(cursor, positionSchema) ?? [];
      const files = await pageLedger(sql, {
        state,
        dataset,
        name: name === undefined ? null : patternToRegex(name),
        runId: run === undefined ? null : await findRun(sql, run),
        before,
        limit: limit + 1,
      });
      return page(files, limit, { item: fileOf, position: ({ fileId }) => [fileId] }, { request, reply });
    },
  );

  app.get(
    '/files/:file_id',
    {
      config: { access: 'viewer' },
      schema: {
        operationId: 'getFile',
        tags: ['files'],
        summary: 'One version of a file, and what has become of it',
        params: fileIdParams,
        response: answers({ 200: fileSchema }, 'not_found'),
      },
    },
    async ({ params }) => fileOf(await readLedgerFile(sql, params.file_id)),
  );
}

function fileOf(file: LedgerFile): z.output<typeof fileSchema> {
  return {
    file_id: file.fileId,
    name: file.name,
    path: file.path,
    source: file.sourceKind,
    dataset: file.dataset,
    state: file.state,
    reason: file.reason,
    detail: file.detail,
    size_bytes: file.sizeBytes,
    sha256: file.sha256,
    modified_at: file.modifiedAt.toISOString(),
    seen_at: file.seenAt.toISOString(),
    ended_at: file.endedAt?.toISOString() ?? null,
    rows: rowsOf(file),
    duplicate_of: file.duplicateOf,
    replaced_by: file.replacedBy,
    decided_by: file.decidedBy,
    decided_at: file.decidedAt?.toISOString() ?? null,
    run_id: file.runId,
    workflow_id: file.workflowId,
  };
}

function rowsOf({ rowsRead, rowsLoaded, rowsRejected, rowsDuplicate, rowsBlank }: LedgerFile) {
  if (rowsRead === null) return null;
  return {
    read: rowsRead,
    loaded: rowsLoaded ?? 0,
    rejected: rowsRejected ?? 0,
    duplicate: rowsDuplicate ?? 0,
    blank: rowsBlank ?? 0,
  };
}
