/** The problems of what does not hold. */
export function unless(wanted: readonly (readonly [holds: boolean, problem: string])[]): string[] {
  return wanted.flatMap(([holds, problem]) => (holds ? [] : [problem]));
}
