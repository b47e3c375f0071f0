/** The simulator's time: another clock's, moved by whoever sets it. It goes on from there. */
export class Clock {
  readonly #base: () => Date;
  #aheadMs = 0;

  constructor(base: () => Date) {
    this.#base = base;
  }

  now(): Date {
    return new Date(this.#base().getTime() + this.#aheadMs);
  }

  set(time: Date): void {
    this.#aheadMs = time.getTime() - this.#base().getTime();
  }

  advance(seconds: number): void {
    this.#aheadMs += seconds * 1000;
  }
}
