import type { DriveFolder } from './item.ts';

/** With more changes than these, sorting anew is no slower. */
const mostChanges = 1000;

/**
 * The folded names in each folder, in their order. What changes between two pages of a listing is worked in: sorting
 * 100,000 names for each page would take longer than the rest of it.
 */
export class SortedNames {
  readonly #known = new WeakMap<DriveFolder, { readonly names: string[]; readonly changed: Set<string> }>();

  in(folder: DriveFolder): readonly string[] {
    const known = this.#known.get(folder) ?? {
      names: [...folder.children.keys()].sort(),
      changed: new Set(),
    };
    this.#known.set(folder, known);
    for (const name of known.changed) place(known.names, name, folder.children.has(name));
    known.changed.clear();
    return known.names;
  }

  /** To be told whenever `name` may have come to `folder`, or gone. */
  changed(folder: DriveFolder, name: string): void {
    const known = this.#known.get(folder);
    known?.changed.add(name);
    if (known !== undefined && known.changed.size > mostChanges) this.#known.delete(folder);
  }
}

/** How many of the sorted names come before `name`. */
export function countBefore(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function place(names: string[], name: string, isThere: boolean): void {
  const index = countBefore(names, name);
  const isKnown = names[index] === name;
  if (isThere && !isKnown) names.splice(index, 0, name);
  if (!isThere && isKnown) names.splice(index, 1);
}
