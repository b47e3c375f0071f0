/**
 * What `find` gives, or null where it cannot be had: then the tests of it are skipped, and it is said why. On CI they
 * never are.
 */
export async function unlessMissing<T>(name: string, find: () => Promise<T>): Promise<T | null> {
  try {
    return await find();
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    console.log(
      `The tests with ${name} are skipped: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
}
