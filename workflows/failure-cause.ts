import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';

/** The type of the failure at the root: the class name of the error that an activity threw. */
export function failureType(error: unknown): string {
  const root = rootOf(error);
  if (root instanceof ApplicationFailure) return root.type ?? 'ApplicationFailure';
  if (root instanceof TimeoutFailure) return 'Timeout';
  return root instanceof Error ? root.name : 'unknown';
}

/** `type: message` of the failure at the root, at most 2,000 characters. */
export function failureMessage(error: unknown): string {
  const root = rootOf(error);
  return `${failureType(error)}: ${root instanceof Error ? root.message : String(root)}`.slice(0, 2000);
}

function rootOf(error: unknown): unknown {
  return error instanceof ActivityFailure && error.cause !== undefined ? error.cause : error;
}
