import type { ApiParts } from '../api/api.ts';
import { serveApi } from '../api/serve-api.ts';
import { connect } from '../database/connection.ts';
import type { Secret } from '../settings/secret.ts';
import type { StepLines } from './step-lines.ts';

/** Requests that wait for Postgres at once; the worker beside has connections of its own. */
const connections = 4;

interface UpApi extends AsyncDisposable {
  /** Empty: one cycle alone needs none. */
  readonly url: string;
}

/** The API of `charlie up`, which one cycle alone needs none of; dispose it before the worker ends: what it would start then would wait for the next one. */
export async function upApi(
  { settings, client, logger }: Omit<ApiParts, 'sql'>,
  databaseUrl: Secret,
  { options, steps }: { readonly options: { readonly once: boolean }; readonly steps: StepLines },
): Promise<UpApi> {
  if (options.once) return { url: '', [Symbol.asyncDispose]: () => Promise.resolve() };
  const sql = connect(databaseUrl, connections);
  const end = () => sql.end({ timeout: 5 });
  try {
    const api = await serveApi({ settings, sql, client, logger });
    steps.done('API', `${api.url}/docs`);
    const close = async (): Promise<void> => {
      try {
        await api.close();
      } finally {
        await end();
      }
    };
    return { url: api.url, [Symbol.asyncDispose]: close };
  } catch (error) {
    await end();
    throw error;
  }
}
