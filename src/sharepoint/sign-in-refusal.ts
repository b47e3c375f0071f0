import { z } from 'zod';

import type { SharePointError } from './errors.ts';
import { SharePointFailed, SignInRefused, Throttled } from './errors.ts';
import type { SignIn } from './sign-in.ts';
import type { SignInAnswer } from './sign-in-client.ts';
import { ManagedIdentityUnavailable } from './sign-in-errors.ts';

const errorBody = z.object({ error_description: z.string() });

/** The error for an answer without a token. `endpoint`: scheme, host and port of who gave it. */
export function signInRefusal(signIn: SignIn, answer: SignInAnswer, endpoint: string): SharePointError {
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
  const words = description === '' ? `status ${answer.status}.` : description;
  if (signIn.method !== 'managed_identity') return new SignInRefused(signIn, code, words);
  const said = `${endpoint} answered ${answer.status}: ${words.replace(/\.$/, '')}`;
  return new ManagedIdentityUnavailable(signIn.clientId, endpoint, said);
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
