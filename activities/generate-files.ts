import { log } from '@temporalio/activity';
import { z } from 'zod';

import { EndpointFailed } from '../src/generation/errors.ts';
import { postJson } from '../src/generation/post-json.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

const answerBody = z.object({ files: z.number().int().min(0), rows: z.number().int().min(0) });
const action = 'generating files';

export function generateFiles({ settings }: Dependencies): Activities['generateFiles'] {
  return guarded('retry', async ({ endpoint, files, rows }, progress, signal) => {
    progress.current = endpoint;
    const request = { ...(files !== null && { files }), ...(rows !== null && { rows }) };
    log.info('Asked for files', { stage: 'generate', endpoint, ...request });
    const answer = await postJson(endpoint, request, {
      action,
      caFile: settings.sharepoint.caFile,
      signal,
    });
    const made = answerBody.safeParse(answer);
    if (!made.success) {
      const words = 'not {"files": number, "rows": number}';
      throw new EndpointFailed(action, new URL(endpoint).origin, { status: 200, words });
    }
    log.info('Generated', { stage: 'generate', endpoint, ...made.data });
    return made.data;
  });
}
