/** The server answers each such question in some milliseconds of its processor, and gives up on hundreds of them at once. */
const together = 16;

/**
 * Asks the server for each of the items, in their order. Throws the first error when no question is under way any more: the
 * SDK repeats one after a pause, and on a connection that is closed by then nobody can catch what that throws.
 */
export async function fewAtOnce<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < items.length; from += together) {
    const asked = await Promise.allSettled(items.slice(from, from + together).map(ask));
    for (const each of asked) {
      if (each.status === 'rejected') throw each.reason;
      answers.push(each.value);
    }
  }
  return answers;
}
