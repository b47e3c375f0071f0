/**
 * What runs can be searched by, in the Web UI and with `temporal workflow list`. The same names are registered with
 * the server: temporal-config/search-attributes.json. CharlieTeam is `general` for runs of no team. CharlieAfter is one of
 * schedules: the job that theirs is chained after.
 */
export const searchAttributes = {
  CharlieJob: 'KEYWORD',
  CharlieTeam: 'KEYWORD',
  CharlieDataset: 'KEYWORD_LIST',
  CharlieOutcome: 'KEYWORD',
  CharlieAfter: 'KEYWORD',
} as const;
