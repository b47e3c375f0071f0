/** Where a process may be made to die or to freeze, named for what has just happened or is just about to. */
export const failpoints = [
  'before-listing',
  'after-listing',
  'inventory-saved',
  'changes-applied',
  'manifest-written',
  'mid-download',
  'before-download-rename',
  'after-download-rename',
  'download-recorded',
  'before-claim',
  'after-claim',
  'mid-copy',
  'before-commit',
  'after-commit',
  'before-local-file-taken',
  'local-file-taken',
  'quarantine-moved',
  'aggregated',
  'file-moved',
  'before-workbook-rename',
  'after-workbook-rename',
  'report-recorded',
  'report-uploaded',
  'run-recorded',
  'follower-claimed',
  'follower-started',
] as const;

export type Failpoint = (typeof failpoints)[number];

/** `kill` and `stop` send SIGKILL and SIGSTOP to this process; `hang` never goes on. */
const actions = ['kill', 'stop', 'hang'] as const;
type Action = (typeof actions)[number];

/** The variable that arms one: `mid-copy:kill`. */
export const failpointVariable = 'CHARLIE_FAILPOINT';

/** Thrown when a failpoint is to be armed where real data are at stake, or when there is no such failpoint. */
export class FailpointRefused extends Error {
  override readonly name = 'FailpointRefused';
  readonly given: string;

  constructor(given: string, why: string) {
    super(`${failpointVariable}=${given} is refused: ${why}`);
    this.given = given;
  }
}

let armed: { readonly name: Failpoint; readonly action: Action } | null = null;

/**
 * Arms the failpoint that the environment names, for tests of what survives the death of a worker. Throws
 * FailpointRefused in production (`NODE_ENV=production`) and for a name that does not exist.
 */
export function armFailpoint(env: Readonly<Record<string, string | undefined>>): void {
  const given = env[failpointVariable] ?? '';
  if (given === '') return;
  if (env['NODE_ENV'] === 'production')
    throw new FailpointRefused(given, 'NODE_ENV is "production". Remove the variable.');
  const [point, wanted] = given.split(':');
  const name = failpoints.find((each) => each === point);
  const action = actions.find((each) => each === wanted);
  if (name === undefined || action === undefined)
    throw new FailpointRefused(
      given,
      `it must be NAME:ACTION with a name of ${failpoints.join(', ')} and an action of ${actions.join(', ')}.`,
    );
  armed = { name, action };
}

/** Does nothing unless this very failpoint is armed; acts once. */
export async function failpoint(name: Failpoint): Promise<void> {
  if (armed?.name !== name) return;
  const { action } = armed;
  armed = null;
  if (action === 'hang') await new Promise(() => undefined);
  process.kill(process.pid, action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
}
