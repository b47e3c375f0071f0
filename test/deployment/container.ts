import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect } from 'vitest';

import { type ImageFolder, user } from './image-folder.ts';
import type { Service } from './topology.ts';

/** A service of docker-compose.yml, by its own command and environment. */
export class Container implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #image: ImageFolder;
  readonly #service: Service;
  /** Of both outputs. */
  log = '';

  /** `hosts`: where the other services are in this test, by what docker-compose.yml calls them. */
  constructor(name: string, service: Service, image: ImageFolder, hosts: Readonly<Record<string, string>>) {
    const rename = (text: string) =>
      Object.entries(hosts).reduce((renamed, [host, here]) => renamed.replaceAll(host, here), text);
    this.#service = {
      ...service,
      command: service.command?.map(rename) ?? [],
      healthcheck: { test: service.healthcheck?.test.map(rename) ?? [] },
    };
    const given = Object.entries(service.environment ?? {}).map(([key, value]) => [key, rename(value)]);
    this.#image = image;
    this.#environment = image.environment(name, Object.fromEntries(given) as Record<string, string>);
    const [program, ...args] = image.commandLine(this.#service.command ?? []);
    // In a group of its own, to be killed as a whole.
    const options = { ...user, env: this.#environment, cwd: image.at('/app'), detached: true };
    this.#child = spawn(program, args, options);
    this.#exited = once(this.#child, 'exit');
    for (const output of [this.#child.stdout, this.#child.stderr])
      output?.on('data', (data: Buffer) => {
        this.log += data.toString();
      });
  }

  /** `docker compose exec`. */
  async exec(command: readonly string[]): Promise<{ exitCode: number | null; stdout: string }> {
    const [program = '', ...args] = command.map((each) => this.#image.at(each));
    const child = spawn(program, args, { ...user, env: this.#environment, cwd: this.#image.at('/app') });
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    child.stderr.resume();
    await once(child, 'close');
    return { exitCode: child.exitCode, stdout };
  }

  /** Waits until its own check passes. */
  async healthy(): Promise<void> {
    const [, ...check] = this.#service.healthcheck?.test ?? [];
    await expect
      .poll(async () => ((await this.exec(check)).exitCode === 0 ? 'healthy' : this.log), { timeout: 90_000 })
      .toBe('healthy');
  }

  /** Resolves when it ends by itself. */
  async ended(): Promise<{ exitCode: number | null }> {
    await this.#exited;
    return { exitCode: this.#child.exitCode };
  }

  /** `docker compose stop`; resolves with the exit code and the seconds that it took. */
  async stop(): Promise<{ exitCode: number | null; seconds: number }> {
    const began = performance.now();
    this.#child.kill('SIGTERM');
    await this.#exited;
    return { exitCode: this.#child.exitCode, seconds: (performance.now() - began) / 1000 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode } = this.#child;
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
    await this.#exited;
  }
}
