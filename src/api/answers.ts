import type { z } from 'zod';

import { type ProblemKind, problemKinds, problemMediaType, problemSchema } from './problem.ts';

interface DocumentedAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

type Answers<Ok extends Readonly<Record<number, z.ZodType>>> = {
  readonly [Status in keyof Ok]: {
    readonly description: string;
    readonly content: { readonly 'application/json': { readonly schema: Ok[Status] } };
  };
};

/** What every route may answer. */
const always: readonly ProblemKind[] = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'invalid',
  'too_many_requests',
  'internal',
  'unavailable',
];

const titles: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Made',
  202: 'Accepted: the work goes on, and Location says where to look',
};

/** The answers of a route, as it declares them: those of success by their status, and the problems that it has besides the common ones. */
export function answers<Ok extends Readonly<Record<number, z.ZodType>>>(
  ok: Ok,
  ...kinds: readonly ProblemKind[]
): Answers<Ok> {
  const documented: Record<number, DocumentedAnswer> = {};
  for (const [status, schema] of Object.entries(ok))
    documented[Number(status)] = {
      description: titles[Number(status)] ?? '',
      content: { 'application/json': { schema } },
    };
  for (const kind of [...always, ...kinds]) {
    const [status, title] = problemKinds[kind];
    const description = [documented[status]?.description, title]
      .filter((text) => text !== undefined)
      .join('; or: ');
    documented[status] = { description, content: { [problemMediaType]: { schema: problemSchema } } };
  }
  return documented as unknown as Answers<Ok>;
}
