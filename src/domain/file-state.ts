/** What has become of a version of a file, as the ledger has it, each with its meaning in a few words. */
export const fileStates = {
  pending: 'seen, and not done with: the next run takes it',
  ingested: 'its rows are loaded',
  duplicate: 'left out: another file has brought the same content',
  replaced: 'a later version has taken its place',
  quarantined: 'refused whole',
  discarded: 'refused whole, and given up by somebody',
  purged: 'its rows were taken out by somebody',
} as const;

export type FileState = keyof typeof fileStates;
