import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery } from '@temporalio/workflow';

import { searchAttributes } from '../src/domain/search-attributes.ts';
import type { SyncProgress } from '../src/domain/sync-run.ts';

/** How far a sync run is; asked by `charlie trigger` and `charlie up` while they wait. */
export const progressQuery = defineQuery<SyncProgress>('progress');

export const jobAttribute = defineSearchAttributeKey('CharlieJob', searchAttributes.CharlieJob);
export const teamAttribute = defineSearchAttributeKey('CharlieTeam', searchAttributes.CharlieTeam);
export const datasetAttribute = defineSearchAttributeKey('CharlieDataset', searchAttributes.CharlieDataset);
export const outcomeAttribute = defineSearchAttributeKey('CharlieOutcome', searchAttributes.CharlieOutcome);
