import type { Dataset } from '../domain/dataset.ts';
import { quarantineReasons } from '../domain/quarantine-reasons.ts';
import type { FileCheck } from '../ingest/check-file.ts';
import type { FileForm } from '../ingest/file-form.ts';
import { unknownForm } from '../ingest/file-form.ts';
import type { FileUnreadable } from '../ingest/file-unreadable.ts';
import { headerMatches, isNeeded } from '../ingest/header.ts';

/** What `charlie datasets check` prints of a file, as JSON. */
export interface FileVerdict extends Omit<FileCheck, 'form' | 'refusal'> {
  readonly file: string;
  /** `not_taken`: no dataset takes a file of this name, and nothing of it was read. */
  readonly verdict: 'clean' | 'rows_rejected' | 'quarantined' | 'not_taken';
  readonly dataset: string | null;
  /** By which the dataset takes it; null when the dataset was named. */
  readonly pattern: string | null;
  /** Why it would be quarantined, what was found, and what to do. */
  readonly reason: string | null;
  readonly detail: string | null;
  readonly toDo: string | null;
  readonly form: FormVerdict;
  /** Null: the reading did not come to it. */
  readonly header: HeaderVerdict | null;
}

interface FormVerdict {
  readonly archive: 'gzip' | 'zip' | null;
  readonly encoding: string | null;
  readonly hasByteOrderMark: boolean;
  readonly delimiter: string | null;
  readonly hasSeparatorLine: boolean;
}

export interface HeaderVerdict {
  readonly line: number;
  readonly columns: readonly {
    readonly name: string;
    /** In the file; none: the column is missing, several: it is not clear which one counts. */
    readonly headers: readonly string[];
    /** Without it the file is refused. */
    readonly needed: boolean;
  }[];
  /** Headers that no column of the dataset means. */
  readonly unknown: readonly string[];
  /** What becomes of these. */
  readonly unknownColumns: Dataset['unknownColumns'];
}

export function verdictOf(
  file: string,
  taken: { readonly dataset: Dataset; readonly pattern: string | null } | null,
  check: FileCheck | null,
): FileVerdict {
  if (taken === null || check === null) return { ...untaken, file };
  const { form, refusal, ...rows } = check;
  return {
    file,
    verdict: verdictFor(check),
    dataset: taken.dataset.name,
    pattern: taken.pattern,
    ...(refusal === null ? noRefusal : refusalVerdict(refusal)),
    form: formVerdict(form),
    header: form.header === null ? null : headerVerdict(form.header, taken.dataset),
    ...rows,
  };
}

const noRefusal = { reason: null, detail: null, toDo: null };

const untaken: FileVerdict = {
  file: '',
  verdict: 'not_taken',
  dataset: null,
  pattern: null,
  ...noRefusal,
  form: formVerdict(unknownForm()),
  header: null,
  account: { read: 0, loaded: 0, rejected: 0, duplicate: 0, blank: 0 },
  areKeysUnchecked: false,
  rejects: [],
  rejectCounts: [],
  skipped: [],
};

function verdictFor({ refusal, account: { rejected } }: FileCheck): FileVerdict['verdict'] {
  if (refusal !== null) return 'quarantined';
  return rejected > 0 ? 'rows_rejected' : 'clean';
}

function refusalVerdict({
  reason,
  message,
}: FileUnreadable): Pick<FileVerdict, 'reason' | 'detail' | 'toDo'> {
  return { reason, detail: message, toDo: quarantineReasons[reason]?.toDo ?? null };
}

function formVerdict({ archive, encoding, dialect }: FileForm): FormVerdict {
  return {
    archive,
    encoding: encoding?.name ?? null,
    hasByteOrderMark: (encoding?.bomLength ?? 0) > 0,
    delimiter: dialect === null ? null : String.fromCharCode(dialect.delimiter),
    hasSeparatorLine: dialect?.hasSeparatorLine ?? false,
  };
}

function headerVerdict(
  { line, texts }: { readonly line: number; readonly texts: readonly string[] },
  dataset: Dataset,
): HeaderVerdict {
  const matches = headerMatches(texts, dataset);
  const known = new Set(matches.flat());
  const shown = texts.map((text) => text.trim());
  return {
    line,
    columns: dataset.columns.map((column, i) => ({
      name: column.name,
      headers: (matches[i] ?? []).map((index) => shown[index] ?? ''),
      needed: isNeeded(column, dataset),
    })),
    unknown: shown.flatMap((text, index) => (known.has(index) ? [] : [text || `column ${index + 1}`])),
    unknownColumns: dataset.unknownColumns,
  };
}
