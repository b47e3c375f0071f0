/** Asks once in so many milliseconds, however many want the answer. A failure is asked for again at once. */
export function cached<T>(freshMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: { readonly at: number; readonly value: Promise<T> } | null = null;
  return () => {
    if (answer !== null && Date.now() - answer.at <= freshMs) return answer.value;
    const value = ask();
    answer = { at: Date.now(), value };
    value.catch(() => {
      answer = null;
    });
    return value;
  };
}
