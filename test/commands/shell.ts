import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import type { RunningWorker } from '../../src/worker.ts';
import { type CommandResult, charlieHere } from '../support/charlie.ts';
import { Pipeline } from '../support/pipeline.ts';

/** What an operator does in the folder of a whole product: types commands, corrects the settings, has files loaded. */
export class Shell implements AsyncDisposable {
  readonly pipeline: Pipeline;
  #worker: RunningWorker;

  static async start(toml: string, env: Readonly<Record<string, string>> = {}): Promise<Shell> {
    const pipeline = await Pipeline.start({ toml, env, worker: false });
    return new Shell(pipeline, await pipeline.startWorker());
  }

  private constructor(pipeline: Pipeline, worker: RunningWorker) {
    this.pipeline = pipeline;
    this.#worker = worker;
  }

  run(...args: readonly string[]): Promise<CommandResult> {
    return charlieHere(args, { cwd: this.pipeline.dir, env: this.pipeline.env });
  }

  /** What a command prints that must go well. */
  async json<Printed = Record<string, unknown>[]>(...args: readonly string[]): Promise<Printed> {
    const { exitCode, stdout, stderr } = await this.run(...args, '--output', 'json');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return JSON.parse(stdout) as Printed;
  }

  /** Corrects settings.toml, and starts the worker again. */
  async settings(toml: string): Promise<void> {
    const { dir, env } = this.pipeline;
    await writeFile(join(dir, 'settings.toml'), toml);
    this.#worker.shutdown();
    await this.#worker.ended;
    this.#worker = await this.pipeline.startWorker(loadSettings({ cwd: dir, env }).settings);
  }

  sync(): Promise<SyncResult> {
    return this.pipeline.sync();
  }

  ingest(path: string): Promise<SyncResult> {
    return this.pipeline.sync({ job: 'ingest', source: { kind: 'directory', paths: [path] } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pipeline[Symbol.asyncDispose]();
  }
}
