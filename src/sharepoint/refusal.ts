import { z } from 'zod';

import type { Refusal, SharePointError } from './errors.ts';
import { AccessDenied, SharePointFailed, Throttled } from './errors.ts';

const inner = z.object({ code: z.string().optional(), 'request-id': z.string().optional() });
const errorBody = z.object({
  error: z.object({
    code: z.string().nullish(),
    message: z.string().nullish(),
    // Both spellings occur.
    innerError: inner.optional().catch(undefined),
    innererror: inner.optional().catch(undefined),
  }),
});

const longestMessage = 500;

/** Reads the answer to its end, so that its connection can be used again. A body that is no JSON is only described. */
export async function readRefusal(response: Response): Promise<Refusal> {
  const text = await response.text().catch(() => '');
  const parsed = errorBody.safeParse(parseJson(text));
  const error = parsed.data?.error;
  const detail = error?.innerError ?? error?.innererror;
  const type = response.headers.get('content-type')?.split(';')[0] ?? 'no content type';
  const location = ownLocation(response);
  return {
    status: response.status,
    code: error?.code ?? null,
    message:
      error === undefined ? `a body of ${type}, ${text.length} characters` : shorten(error.message ?? ''),
    requestId: response.headers.get('request-id') ?? detail?.['request-id'] ?? null,
    retryAfterSeconds: retryAfterSeconds(response),
    ...(location !== null && { location }),
  };
}

/** Null: none was given, or one of another host. */
function ownLocation({ headers, url }: Response): string | null {
  const location = headers.get('location');
  if (location === null || !URL.canParse(location, url)) return null;
  const target = new URL(location, url);
  return target.origin === new URL(url).origin ? target.href : null;
}

/** `action` completes "while ...": `listing "Reports"`. */
export function refusalError(action: string, refusal: Refusal): SharePointError {
  const { status, code } = refusal;
  if (status === 429 || status === 509) return new Throttled(action, refusal);
  if (status === 503 && refusal.retryAfterSeconds !== null) return new Throttled(action, refusal);
  // 401: a token without any role is refused like this, and a stale one was already replaced by a fresh one.
  if (status === 401 || (status === 403 && code !== 'malwareDetected'))
    return new AccessDenied(action, refusal);
  return new SharePointFailed(action, refusal);
}

/** The longer of Retry-After (seconds or a date) and RateLimit-Reset (seconds). */
export function retryAfterSeconds(response: Pick<Response, 'headers'>): number | null {
  const seconds = [response.headers.get('retry-after'), response.headers.get('ratelimit-reset')]
    .filter((value) => value !== null)
    .map((value) => (/^\d+$/.test(value.trim()) ? Number(value) : secondsUntil(value)))
    .filter((value) => !Number.isNaN(value));
  return seconds.length === 0 ? null : Math.max(...seconds);
}

function secondsUntil(date: string): number {
  return Math.max(0, Math.ceil((Date.parse(date) - Date.now()) / 1000));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function shorten(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}...`;
}
