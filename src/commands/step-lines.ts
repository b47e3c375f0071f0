import { styleText } from 'node:util';

import type { CommandContext } from './command-context.ts';

/** What a start-up has done so far, a line a step. */
export class StepLines {
  readonly #context: CommandContext;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  done(step: string, detail: string): void {
    this.#context.stderr(`  ${this.#style('green', '✔')} ${step.padEnd(12)} ${detail}\n`);
  }

  /** Something that takes a while, or that a person should know. */
  note(message: string): void {
    this.#context.stderr(`    ${this.#style('dim', message)}\n`);
  }

  heading(text: string): void {
    this.#context.stderr(`\n${this.#style('bold', text)}\n\n`);
  }

  #style(style: 'green' | 'dim' | 'bold', text: string): string {
    return this.#context.interactive ? styleText(style, text, { validateStream: false }) : text;
  }
}
