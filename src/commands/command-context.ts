/** What every command gets from its surroundings, so that tests can hand in their own. */
export interface CommandContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data: one call, one line or block; ends with a newline already. */
  readonly stdout: (text: string) => void;
  /** Messages for people. */
  readonly stderr: (text: string) => void;
  /** Characters that fit into a line. */
  readonly columns: number;
  /** Whether standard error is a terminal that can show colour and a moving bar. */
  readonly interactive: boolean;
  /** Asks the person at the terminal; null: nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

/** The exit codes of `charlie`; docs/cli.md lists them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  settings: 3,
  access: 4,
  notFound: 5,
  conflict: 6,
  dependency: 7,
  skipped: 9,
  timeout: 124,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Thrown by a command that ends with a message for people and an exit code other than 0. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
