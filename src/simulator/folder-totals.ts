import type { DriveFolder, DriveItem } from './item.ts';

/**
 * Keeps up, with every change, how many files and bytes there are in and below each folder: to count them anew for every
 * page of a listing would take longer than the rest of the page.
 */
export class FolderTotals {
  readonly #counted = new WeakMap<DriveItem, { readonly parent: DriveFolder; readonly size: number }>();

  /** To be told after an item was made, changed, moved or deleted, for each item of a deleted folder. */
  changed(item: DriveItem): void {
    const former = this.#counted.get(item);
    const files = item.kind === 'file' ? 1 : item.totals.files;
    if (former !== undefined) {
      add(former.parent, -files, -(item.kind === 'file' ? former.size : item.totals.bytes));
      this.#counted.delete(item);
    }
    const { parent } = item;
    if (item.deleted || parent === null) return;
    const size = item.kind === 'file' ? item.size : item.totals.bytes;
    add(parent, files, size);
    this.#counted.set(item, { parent, size });
  }
}

function add(folder: DriveFolder, files: number, bytes: number): void {
  for (let place: DriveFolder | null = folder; place !== null; place = place.parent) {
    place.totals.files += files;
    place.totals.bytes += bytes;
  }
}
