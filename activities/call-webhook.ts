import { log } from '@temporalio/activity';

import { postJson } from '../src/generation/post-json.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { WebhookNotConfigured } from './errors.ts';
import { guarded } from './guarded.ts';

/** The address comes from this worker's settings: it is a secret, which an input would put into the history. */
export function callWebhook({ settings }: Dependencies): Activities['callWebhook'] {
  return guarded('retry', async ({ run, files, rows }, _progress, signal) => {
    const { webhookUrl } = settings.generate;
    if (webhookUrl === null) throw new WebhookNotConfigured();
    const { job, runId, workflowId } = run;
    await postJson(
      webhookUrl.reveal(),
      { event: 'files_generated', job, runId, workflowId, files, rows },
      { action: 'calling the webhook', caFile: settings.sharepoint.caFile, signal },
    );
    log.info('Webhook called', { stage: 'generate', files, rows });
  });
}
