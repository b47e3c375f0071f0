import { expect, test } from 'vitest';

import { IngestGate } from '../../activities/ingest-gate.ts';
import { gate } from '../database/gate.ts';

const never = new AbortController().signal;

/** Lets files in and out by name, and knows who is inside. */
class Scene {
  readonly #gate = new IngestGate();
  readonly #leave = new Map<string, () => void>();
  readonly inside = new Set<string>();

  enter(name: string, how: 'beside' | 'alone', signal = never): Promise<void> {
    const { passed, open } = gate();
    this.#leave.set(name, open);
    return this.#gate[how](signal, async () => {
      this.inside.add(name);
      await passed;
      this.inside.delete(name);
    });
  }

  /** Settles when everybody who can has come in. */
  async leave(name: string): Promise<string[]> {
    this.#leave.get(name)?.();
    return this.now();
  }

  async now(): Promise<string[]> {
    await new Promise(setImmediate);
    return [...this.inside];
  }
}

test('files are inside side by side, a suspect alone, and whoever comes later waits for it', async () => {
  const scene = new Scene();
  const done = [scene.enter('a', 'beside'), scene.enter('b', 'beside'), scene.enter('suspect', 'alone')];
  done.push(scene.enter('c', 'beside'), scene.enter('other suspect', 'alone'), scene.enter('d', 'beside'));
  expect(await scene.now()).toEqual(['a', 'b']);

  expect(await scene.leave('a')).toEqual(['b']);
  expect(await scene.leave('b')).toEqual(['suspect']);
  expect(await scene.leave('suspect')).toEqual(['other suspect']);
  expect(await scene.leave('other suspect')).toEqual(['c', 'd']);
  expect(await scene.leave('c')).toEqual(['d']);
  expect(await scene.leave('d')).toEqual([]);
  await Promise.all(done);
});

test('a suspect that is cancelled while it waits lets those in that waited for it', async () => {
  const scene = new Scene();
  const cancellation = new AbortController();
  const first = scene.enter('a', 'beside');
  const suspect = scene.enter('suspect', 'alone', cancellation.signal);
  const later = scene.enter('b', 'beside');
  expect(await scene.now()).toEqual(['a']);

  cancellation.abort(new Error('cancelled'));

  await expect(suspect).rejects.toThrow('cancelled');
  expect(await scene.now()).toEqual(['a', 'b']);
  await scene.leave('a');
  await scene.leave('b');
  await Promise.all([first, later]);
});

test('a file that fails, or is cancelled while it waits, leaves the way free', async () => {
  const entrance = new IngestGate();
  const failing = async () => {
    throw new Error('unreadable');
  };
  await expect(entrance.beside(never, failing)).rejects.toThrow('unreadable');
  await expect(entrance.alone(never, failing)).rejects.toThrow('unreadable');
  const scene = new Scene();
  const cancellation = new AbortController();
  const suspect = scene.enter('suspect', 'alone');
  const waiting = scene.enter('a', 'beside', cancellation.signal);
  cancellation.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');

  expect(await entrance.alone(never, async () => 'alone')).toBe('alone');
  expect(await entrance.beside(never, async () => 'beside')).toBe('beside');
  expect(await scene.leave('suspect')).toEqual([]);
  await suspect;
});
