import postgres from 'postgres';

import type { Sql } from '../connection.ts';

/** Which request that starts work it is. */
export interface StartKey {
  readonly principal: string;
  /** Method and path. */
  readonly operation: string;
  readonly key: string;
}

export interface StartAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface StartRequest {
  /** Of what was asked for when the key was used first. */
  readonly sha256: string;
  readonly createdAt: Date;
  readonly workflowId: string | null;
  /** Null: it has none yet. */
  readonly answer: StartAnswer | null;
}

/** Remembers the request, or returns what is remembered of it; for a day. */
export async function rememberStart(
  sql: Sql,
  { principal, operation, key }: StartKey,
  sha256: string,
): Promise<StartRequest> {
  await sql`delete from start_requests where created_at < now() - interval '1 day'`;
  await sql`
    insert into start_requests (principal, operation, idempotency_key, request_sha256)
    values (${principal}, ${operation}, ${key}, ${sha256}) on conflict do nothing`;
  const [found] = await sql<[StartRequest]>`
    select request_sha256 as sha256, created_at as "createdAt", workflow_id as "workflowId",
      case when status is not null
        then jsonb_build_object('status', status, 'location', location, 'body', body) end as answer
    from start_requests where principal = ${principal} and operation = ${operation} and idempotency_key = ${key}`;
  return found;
}

/** The id of the run that the request may start: this one, or the one that was chosen before. Null: another request has this one. */
export async function claimWorkflowId(
  sql: Sql,
  { principal, operation, key }: StartKey,
  workflowId: string,
): Promise<string | null> {
  try {
    const [claimed] = await sql<[{ workflowId: string }]>`
      update start_requests set workflow_id = coalesce(workflow_id, ${workflowId})
      where principal = ${principal} and operation = ${operation} and idempotency_key = ${key}
      returning workflow_id as "workflowId"`;
    return claimed.workflowId;
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code === uniqueViolation) return null;
    throw error;
  }
}

/** The request has no id any more, unless it has its answer. */
export async function releaseWorkflowId(sql: Sql, { principal, operation, key }: StartKey): Promise<void> {
  await sql`
    update start_requests set workflow_id = null
    where principal = ${principal} and operation = ${operation} and idempotency_key = ${key} and status is null`;
}

const uniqueViolation = '23505';

/** Keeps the answer; when there is one already, returns that. */
export async function answerStart(
  sql: Sql,
  { principal, operation, key }: StartKey,
  answer: StartAnswer,
): Promise<StartAnswer> {
  const [kept] = await sql<StartAnswer[]>`
    update start_requests set
      location = case when status is null then ${answer.location} else location end,
      body = case when status is null then ${sql.json(answer.body as never)} else body end,
      status = coalesce(status, ${answer.status})
    where principal = ${principal} and operation = ${operation} and idempotency_key = ${key}
    returning status, location, body`;
  return kept ?? answer;
}

/** Whether a request has chosen this id for a run that may not have begun. */
export async function isAskedFor(sql: Sql, workflowId: string): Promise<boolean> {
  const [found] = await sql`select from start_requests where workflow_id = ${workflowId} and status = 202`;
  return found !== undefined;
}
