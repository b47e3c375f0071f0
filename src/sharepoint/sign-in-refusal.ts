import { z } from 'zod';

import type { SharePointError } from './errors.ts';
import { SharePointFailed, SignInRefused, Throttled } from './errors.ts';

/** What the authority said. */
export interface AuthorityAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

const errorBody = z.object({ error_description: z.string() });

/** The error for an answer without a token. */
export function signInRefusal(
  application: { tenantId: string; clientId: string },
  answer: AuthorityAnswer,
): SharePointError {
  const description = readDescription(answer.body);
  const code = /AADSTS\d+/.exec(description)?.[0] ?? null;
  const refusal = {
    status: answer.status,
    code,
    message: description,
    requestId: null,
    retryAfterSeconds: /^\d+$/.test(answer.retryAfter ?? '') ? Number(answer.retryAfter) : null,
  };
  if (answer.status === 429) return new Throttled('signing in', refusal);
  if (answer.status >= 500) return new SharePointFailed('signing in', refusal);
  return new SignInRefused(application, code, description === '' ? `status ${answer.status}.` : description);
}

/** Without the trace id, correlation id and time that end it. */
function readDescription(body: string): string {
  try {
    const { error_description } = errorBody.parse(JSON.parse(body));
    return error_description.split(/\s*Trace ID:/)[0]?.trim() ?? '';
  } catch {
    return '';
  }
}
