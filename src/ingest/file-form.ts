import type { Dialect } from './dialect.ts';
import type { Encoding } from './encoding.ts';
import type { PackedText } from './unpack.ts';

/** What a file was found to be. Filled in while it is read: null where the reading has not come that far. */
export interface FileForm {
  archive: PackedText['archive'] | null;
  encoding: Encoding | null;
  dialect: Dialect | null;
  /** As it stands in the file, whether it fits the dataset or not. */
  header: { readonly line: number; readonly texts: readonly string[] } | null;
}

export function unknownForm(): FileForm {
  return { archive: null, encoding: null, dialect: null, header: null };
}
