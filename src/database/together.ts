/**
 * Statements of one transaction that need no answer of one another: they are sent at once, and run one after the other, each
 * seeing what was committed by then. When one fails, the others are waited for before it is thrown: what is sent behind the
 * ROLLBACK would be committed by itself.
 */
export async function together<const Statements extends readonly Promise<unknown>[]>(
  statements: Statements,
): Promise<{ -readonly [Each in keyof Statements]: Awaited<Statements[Each]> }> {
  await Promise.allSettled(statements);
  return Promise.all(statements);
}
