import process from 'node:process';

/** npm hands the terminal's Ctrl-C on to a program that has received it already: one key press must not count twice. */
const sameKeyPressMs = 400;

export interface StopSignal extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: finish what is under way, then end. */
  readonly drain: AbortSignal;
  /** Aborted by the second one: end now. */
  readonly hurry: AbortSignal;
}

/** Takes the signals over until it is disposed. */
export function stopSignal(): StopSignal {
  const drain = new AbortController();
  const hurry = new AbortController();
  let first = 0;

  function onSignal(): void {
    if (!drain.signal.aborted) {
      first = Date.now();
      drain.abort();
    } else if (Date.now() - first > sameKeyPressMs) {
      hurry.abort();
    }
  }

  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    drain: drain.signal,
    hurry: hurry.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** Settles when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
