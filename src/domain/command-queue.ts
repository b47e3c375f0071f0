/** The task queue that a command works on by itself, as `charlie ingest` does; its worker ends with it. */
export function commandQueue(host: string, uuid: string): string {
  return `charlie-${host}-${uuid}`;
}

export function isCommandQueue(taskQueue: string): boolean {
  return /^charlie-.+-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(taskQueue);
}
