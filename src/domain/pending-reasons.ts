/**
 * Why a file that is listed is not taken yet: what that means, and what to do. It stays pending, and every run looks at it again.
 * docs/errors.md has the same texts.
 */
export const pendingReasons = {
  not_ready: {
    means: 'It was changed less than `sync.quiet_seconds` before: somebody may still be writing it.',
    toDo: 'Nothing: the run waits for it, or the next one takes it.',
  },
  changed: {
    means: 'It was changed after it was listed, before its download was over. Nothing of it was kept.',
    toDo: 'Nothing: the next run takes the version that is there by then.',
  },
  malware: {
    means: 'Microsoft holds it for malware, and gives it to nobody.',
    toDo: 'Remove it; or, if you know better, have an administrator of Microsoft 365 release it.',
  },
  locked: {
    means: 'SharePoint has locked it: somebody has it open in a program that keeps others out.',
    toDo: 'Close it there.',
  },
  gone: {
    means: 'It was deleted, moved or checked out since it was listed.',
    toDo: 'Restore it or check it in, if that was not meant.',
  },
} as const;

export type PendingReason = keyof typeof pendingReasons;
