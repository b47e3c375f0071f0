/**
 * Where whatever asks Microsoft Graph is done, beside the queue of the run: requests that are slow, or that wait for the budget,
 * take no slot from those who load files.
 */
export function graphQueue(taskQueue: string): string {
  return `${taskQueue}.graph`;
}
