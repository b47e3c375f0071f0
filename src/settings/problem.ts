/** Where a value was given. All null: nowhere, it is the default. */
export interface Origin {
  /** Relative to the working directory when it lies inside. */
  readonly file: string | null;
  /** From 1; null when it is not known. */
  readonly line: number | null;
  /** Environment variable, of the process or of the file `.env`. */
  readonly variable: string | null;
}

export const byDefault: Origin = { file: null, line: null, variable: null };

export interface Problem extends Origin {
  /** `scheduler.interval_minutes`; null when it is the file as a whole. */
  readonly key: string | null;
  /** What is wrong, to be read after the key: `is "60", a text`. Never holds a secret. */
  readonly message: string;
  /** Null when the message says it all. */
  readonly accepted: string | null;
  /** What was probably meant. */
  readonly suggestion: string | null;
}

/** `settings.toml:12`, `CHARLIE_SCHEDULER__ENABLED`, `.env:3 CHARLIE_SCHEDULER__ENABLED` or `default`. */
export function describeOrigin(origin: Origin): string {
  const place = origin.line === null ? origin.file : `${origin.file ?? ''}:${origin.line}`;
  const parts = [place, origin.variable].filter((part) => part !== null);
  return parts.length === 0 ? 'default' : parts.join(' ');
}

export function describeProblems(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [`The settings are not valid: ${count}.`, ...problems.map(describeProblem)].join('\n\n');
}

function describeProblem({ key, message, accepted, suggestion, ...origin }: Problem): string {
  return [
    `  ${describeOrigin(origin)}`,
    `    ${key === null ? '' : `${key} `}${message}`,
    ...(suggestion === null ? [] : [`    did you mean: ${suggestion}`]),
    ...(accepted === null ? [] : wrap(`accepted: ${accepted}`, 96).map((line) => `    ${line}`)),
  ].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width)
      lines.push(lines.length === 0 ? word : `  ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
