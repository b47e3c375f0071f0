export interface Instruction {
  /** In capitals: `RUN`. */
  readonly name: string;
  /** In one line. */
  readonly text: string;
}

/** The instructions of a Dockerfile in their order, without comments and line breaks. */
export function readDockerfile(text: string): Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { name: name.toUpperCase(), text: rest.trim() };
    });
}

/** Of the last stage, which is the image. */
export function finalStage(dockerfile: readonly Instruction[]): Instruction[] {
  return dockerfile.slice(dockerfile.findLastIndex(({ name }) => name === 'FROM'));
}

/** `KEY=value` of every ENV. */
export function environmentOf(dockerfile: readonly Instruction[]): Record<string, string> {
  const entries = finalStage(dockerfile).filter(({ name }) => name === 'ENV');
  return Object.fromEntries(
    entries.map(({ text }) => {
      const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(text) ?? [];
      return [key, value];
    }),
  );
}

/** The command line of ENTRYPOINT, CMD or HEALTHCHECK in its JSON form. */
export function argumentsOf(dockerfile: readonly Instruction[], instruction: string): string[] {
  const found = finalStage(dockerfile).find(({ name }) => name === instruction);
  const json = /\[.*\]$/.exec(found?.text ?? '')?.[0];
  if (json === undefined) throw new Error(`The Dockerfile has no ${instruction} in JSON form`);
  return JSON.parse(json) as string[];
}
