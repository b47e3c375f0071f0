/** Thrown when a run that should be ended has ended by itself. */
export class RunOver extends Error {
  override readonly name = 'RunOver';
  readonly run: string;

  constructor(run: string, status: string) {
    super(`The run ${run} is over: ${status}. Nothing was changed.`);
    this.run = run;
  }
}

/** Thrown when a run that should be ended waits for its turn: what is not there yet cannot be asked to stop. */
export class RunNotBegun extends Error {
  override readonly name = 'RunNotBegun';
  readonly run: string;

  constructor(run: string) {
    super(
      `The run ${run} waits for one that is under way, and has not begun. Cancel it when it has. Nothing was changed.`,
    );
    this.run = run;
  }
}

/** Thrown when a run that should be repeated has not ended yet. */
export class RunUnderWay extends Error {
  override readonly name = 'RunUnderWay';
  readonly run: string;

  constructor(run: string) {
    super(`The run ${run} is under way. Wait for its end, or cancel it first. Nothing was changed.`);
    this.run = run;
  }
}

/** Thrown when a run that should be repeated has loaded what a command named on its own machine. */
export class RunOfCommand extends Error {
  override readonly name = 'RunOfCommand';
  readonly run: string;

  constructor(run: string) {
    super(
      `The run ${run} loaded files that \`charlie ingest\` had named on the machine where it was called. Call it there again. Nothing was started.`,
    );
    this.run = run;
  }
}

/** Thrown when Temporal no longer knows what a run was asked for: its retention has passed. */
export class RunForgotten extends Error {
  override readonly name = 'RunForgotten';
  readonly run: string;

  constructor(run: string) {
    super(
      `The Temporal server no longer knows what was asked of ${run}: its history is older than the retention of the namespace. ` +
        'Run the job again instead.',
    );
    this.run = run;
  }
}

/** Thrown when a run of this job cannot do what is wanted of it alone. */
export class RunConfigUnfit extends Error {
  override readonly name = 'RunConfigUnfit';
  readonly job: string;

  constructor(job: string, problem: string) {
    super(`The job ${JSON.stringify(job)} cannot be run so: ${problem}. Nothing was started.`);
    this.job = job;
  }
}

/** Thrown when a run of the same second was asked to do something else. */
export class RunAskedOtherwise extends Error {
  override readonly name = 'RunAskedOtherwise';
  readonly job: string;

  constructor(job: string) {
    super(
      `Somebody has just asked for a run of the job ${JSON.stringify(job)} in the same second, and for something else. Ask again.`,
    );
    this.job = job;
  }
}
