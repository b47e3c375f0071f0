import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { Problem } from './problem.ts';

/** Of the query of a route that lists. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'How many.' }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,400}$/)
    .optional()
    .meta({ description: '`next_cursor` of the page before.' }),
};

export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; next_cursor: z.ZodNullable<z.ZodString> }> {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({ description: 'For `cursor`; null: this is the last page.' }),
  });
}

/** Where a page ends, as a text that means nothing to who gets it. */
function writeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Null: from the beginning. Throws a Problem when it is no cursor of such a list. */
export function readCursor<Position extends readonly unknown[]>(
  cursor: string | undefined,
  schema: z.ZodType<Position>,
): Position | null {
  if (cursor === undefined) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new Problem('invalid', 'query/cursor: it is not the next_cursor of such a list.', { cause });
  }
}

/** A page of items, one more of which were read than wanted; with the link to the next one. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  {
    item,
    position,
  }: { readonly item: (row: Row) => Item; readonly position: (row: Row) => readonly (string | number)[] },
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(position(last)) : null;
  if (next !== null) {
    const url = new URL(request.url, 'http://here');
    url.searchParams.set('cursor', next);
    void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  return { items: shown.map(item), next_cursor: next };
}
