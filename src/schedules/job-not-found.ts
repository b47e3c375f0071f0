import { isGrpcServiceError, ScheduleNotFoundError } from '@temporalio/client';

/** Thrown when no job has this id. */
export class JobNotFound extends Error {
  override readonly name = 'JobNotFound';
  readonly job: string;

  constructor(job: string) {
    super(
      `There is no job ${JSON.stringify(job)}. \`charlie schedules list\` shows what there is; \`charlie up\`, \`charlie run\` and ` +
        '`charlie schedules apply` make the jobs of the settings.',
    );
    this.job = job;
  }
}

/**
 * What Temporal answers about a schedule, which anybody may delete at any time. The service itself, unlike its client, says so in gRPC's words.
 * Throws JobNotFound.
 */
export async function unlessDeleted<T>(job: string, asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    const isNotFound =
      error instanceof ScheduleNotFoundError || (isGrpcServiceError(error) && notFound.has(error.code));
    throw isNotFound ? new JobNotFound(job) : error;
  }
}

const notFound: ReadonlySet<unknown> = new Set([5]);
