import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Library } from '../../src/simulator/library.ts';
import { FollowedFolder } from './followed-folder.ts';

/** They need care in addresses, patterns or SQL. */
const names = ['a.csv', "o'clock #1.csv", '50% & more+.csv', 'Übung.csv'];

/** Numbers choose among what is there. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      to: fc.nat(50),
      below: fc.constantFrom('', '', 'x/', 'Z #2/'),
      name: fc.constantFrom(...names),
      content: fc.constantFrom('', '1', '22'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), at: fc.nat(50) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      at: fc.nat(50),
      to: fc.nat(50),
      name: fc.constantFrom(...names, 'x', 'folder'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), at: fc.nat(50) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('follow' as const) }) },
);
type Action = Exclude<typeof step extends fc.Arbitrary<infer T> ? T : never, { do: 'follow' }>;

test('whatever happens in the folder, who follows the changes knows as much as who lists it', async () => {
  await using followed = await FollowedFolder.start();
  const { library, sharepoint, folder } = followed;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25, size: 'max' }),
      fc.boolean(),
      fc.boolean(),
      async (steps, recursive, ofLibrary) => {
        const tree = new Tree(library, ++round);
        followed.folder = { ...folder, itemId: library.idOf(`${round}`) };
        sharepoint.simulator.faults.clear();
        if (ofLibrary)
          sharepoint.simulator.faults.failNext({
            match: refused(followed.folder.itemId),
            status: 501,
            times: 1000,
          });
        await followed.follow({ recursive });
        for (const each of steps) {
          if (each.do === 'follow') await followed.follow({ recursive });
          else tree.act(each);
        }
        await followed.follow({ recursive });
        expect(await followed.inventory()).toEqual(await followed.listing(recursive));
      },
    ),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 15) },
  );
});

/** Not those of the library, whose links name the root's id. */
function refused(folderId: string): RegExp {
  return new RegExp(`items/${folderId}/delta`);
}

/** A folder that is followed, and one beside it that is not. */
class Tree {
  readonly #library: Library;
  readonly #roots: readonly string[];
  readonly #removed: string[] = [];

  constructor(library: Library, round: number) {
    this.#library = library;
    this.#roots = [`${round}`, `${round} elsewhere`];
    for (const root of this.#roots) library.put(`${root}/x/y/first.csv`, root);
  }

  /** What cannot be done, since something is in the way or nothing there, is left out. */
  act(action: Action): void {
    const files = this.#library.list().map(({ path }) => path);
    const ours = files.filter((path) => this.#roots.some((root) => path.startsWith(`${root}/`)));
    const folders = [...new Set(ours.flatMap(foldersAbove))].filter((path) => !this.#roots.includes(path));
    try {
      this.#try(action, [...folders, ...ours], [...this.#roots, ...folders]);
    } catch (error) {
      if (!(error instanceof Error) || /undefined|null/.test(error.message)) throw error;
    }
  }

  #try(action: Action, items: readonly string[], folders: readonly string[]): void {
    const at = 'at' in action ? (items[action.at % items.length] ?? 'nowhere') : '';
    const to = 'to' in action ? folders[action.to % folders.length] : '';
    if (action.do === 'put') this.#library.put(`${to}/${action.below}${action.name}`, action.content);
    else if (action.do === 'move') this.#library.move(at, `${to}/${action.name}`);
    else if (action.do === 'remove') {
      const id = this.#library.idOf(at);
      this.#library.remove(at);
      this.#removed.push(id);
    } else this.#library.restore(this.#removed.splice(action.at % (this.#removed.length + 1), 1)[0] ?? '');
  }
}

function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}
