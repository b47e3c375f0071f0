/** The server answers each such question in some milliseconds of its processor, and gives up on hundreds of them at once. */
const together = 16;

/** Asks the server for each of the items, in their order. */
export async function fewAtOnce<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < items.length; from += together)
    answers.push(...(await Promise.all(items.slice(from, from + together).map(ask))));
  return answers;
}
