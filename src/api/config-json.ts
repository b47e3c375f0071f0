import { z } from 'zod';

import { type JobConfig, plainConfig } from '../domain/job.ts';

/** What a run does differently. */
export const configSchema = z
  .strictObject({
    incremental_mode: z
      .enum(['auto', 'full'])
      .optional()
      .meta({ description: '`full`: files that are loaded are read again, too, however old they are.' }),
    force_recreate: z.boolean().optional().meta({
      description:
        'Files of the window that are loaded are read again whatever becomes of their rows, and its figures computed anew.',
    }),
    drop_gone: z.boolean().optional().meta({
      description:
        'With force_recreate: rows of files that are gone from the folder go, too; else they stay.',
    }),
    ci_mode: z.boolean().optional().meta({
      description: 'A run fails when a file of it failed or was refused whole.',
    }),
    dry_run: z.boolean().optional().meta({ description: 'A run only says what it would load.' }),
  })
  .meta({ examples: [{ incremental_mode: 'auto', force_recreate: false }] });

export function configJson(config: JobConfig): z.output<typeof configSchema> {
  return {
    incremental_mode: config.incrementalMode,
    force_recreate: config.forceRecreate,
    drop_gone: config.dropGone ?? false,
    ci_mode: config.ciMode,
    dry_run: config.dryRun,
  };
}

export function configOf(json: z.output<typeof configSchema>): JobConfig {
  const { dropGone, ...given } = givenConfig(json);
  // A definition says it only where it is wanted.
  return { ...plainConfig, ...given, ...(dropGone === true && { dropGone }) };
}

/** What is said of it, and no more. */
export function givenConfig(json: z.output<typeof configSchema>): Partial<JobConfig> {
  const { incremental_mode, force_recreate, drop_gone, ci_mode, dry_run } = json;
  return {
    ...(incremental_mode !== undefined && { incrementalMode: incremental_mode }),
    ...(force_recreate !== undefined && { forceRecreate: force_recreate }),
    ...(drop_gone !== undefined && { dropGone: drop_gone }),
    ...(ci_mode !== undefined && { ciMode: ci_mode }),
    ...(dry_run !== undefined && { dryRun: dry_run }),
  };
}
