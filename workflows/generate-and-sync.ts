import {
  executeChild,
  ParentClosePolicy,
  patched,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';

import type { Activities, Generated, RunIdentity } from '../activities/contract.ts';
import { followingSyncId, type GenerateInput, type GenerateResult } from '../src/domain/generation.ts';
import type { SyncInput, SyncResult } from '../src/domain/sync-run.ts';
import { asking } from './activity-options.ts';
import { failureMessage } from './failure-cause.ts';
import { followUp, followUpPatch } from './follow-up.ts';
import { jobAttribute, outcomeAttribute, teamAttribute } from './messages.ts';
import { followsClocks, isRepeatedTick, skippedFold } from './repeated-tick.ts';
import { runIdentity } from './run-identity.ts';
import type { SyncAndIngestWorkflow } from './sync-and-ingest.ts';
import { hasData, skippedNoData, type WaitDisplay } from './wait-for-data.ts';

const { generateFiles, callWebhook } = proxyActivities<Activities>(asking);

/** One run of the generate job: simulators make files, and when they have, the files are loaded, or somebody is told. */
export async function GenerateAndSyncWorkflow(input: GenerateInput): Promise<GenerateResult> {
  const run = runIdentity(input.job);
  upsertSearchAttributes([
    { key: jobAttribute, value: input.job },
    { key: teamAttribute, value: 'general' },
  ]);

  const { cadences, waitFor } = input;
  if (followsClocks(cadences) && (await isRepeatedTick(run, cadences)))
    return { ...nothing, skipped: skippedFold };
  if (waitFor !== undefined && !(await hasData(run, { ...input, waitFor }, waitDisplay)))
    return { ...nothing, skipped: skippedNoData };
  const made = await generate(input);
  const sync = await loadOrTell(run, input, made);
  const outcome = made.problems.length === 0 ? 'succeeded' : 'partial';
  upsertSearchAttributes([{ key: outcomeAttribute, value: outcome }]);
  const result = { ...made, sync };
  if (!patched(followUpPatch)) return result;
  return { ...result, ...(await followUp({ run, rowsLoaded: sync?.rowsLoaded ?? 0 })) };
}

const nothing = { files: 0, rows: 0, problems: [], sync: null };

const waitDisplay: WaitDisplay = {
  waitingFor(datasets, until) {
    setCurrentDetails(`**waiting for data of ${datasets.join(', ')}**, until ${until}`);
  },
};

type Made = Omit<GenerateResult, 'sync'>;

/** All simulators, side by side. Some may fail: what the others made is loaded all the same. */
async function generate(input: GenerateInput): Promise<Made> {
  const answers = await Promise.allSettled(input.endpoints.map((endpoint) => generateAt(endpoint, input)));
  const failures = answers
    .filter((answer) => answer.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  const made = answers.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
  if (made.length === 0 && failures.length > 0) throw failures[0];
  return {
    files: made.reduce((sum, { files }) => sum + files, 0),
    rows: made.reduce((sum, { rows }) => sum + rows, 0),
    problems: failures.map(failureMessage),
  };
}

function generateAt(endpoint: string, input: GenerateInput): Promise<Generated> {
  const { files, rows, timeoutSeconds } = input;
  const options = {
    summary: endpoint,
    startToCloseTimeout: `${timeoutSeconds} seconds`,
    ...retrying(input),
  } as const;
  return generateFiles.executeWithOptions(options, [{ endpoint, files, rows }]);
}

async function loadOrTell(run: RunIdentity, input: GenerateInput, made: Made): Promise<SyncResult | null> {
  const { then } = input;
  if (then.kind === 'sync') return syncNow(run, then);
  if (then.kind === 'webhook')
    await callWebhook.executeWithOptions(retrying(input), [{ run, files: made.files, rows: made.rows }]);
  return null;
}

/** Beside the sync job's own runs: claims in Postgres let one of them load each file. */
function syncNow(
  { workflowId }: RunIdentity,
  { input, timeoutMinutes }: { readonly input: SyncInput; readonly timeoutMinutes: number },
): Promise<SyncResult> {
  return executeChild<typeof SyncAndIngestWorkflow>('SyncAndIngestWorkflow', {
    workflowId: followingSyncId(workflowId),
    args: [input],
    workflowRunTimeout: `${timeoutMinutes} minutes`,
    staticSummary: 'New SharePoint files into Postgres',
    // A sync that is cut off could not say how it ended.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
}

function retrying({ retries: { maxRetries, retryDelaySeconds } }: GenerateInput) {
  return {
    retry: {
      initialInterval: `${Math.max(retryDelaySeconds, 1)} seconds`,
      backoffCoefficient: 2,
      maximumInterval: '1 hour',
      maximumAttempts: maxRetries + 1,
    },
  } as const;
}
