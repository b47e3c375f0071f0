/** Why a file is refused whole: what that means, and what to do. docs/errors.md has the same texts. */
export const quarantineReasons: Readonly<Record<string, { readonly means: string; readonly toDo: string }>> =
  {
    empty_file: {
      means: 'No header and no rows.',
      toDo: 'Upload it again.',
    },
    not_csv: {
      means:
        'It, or what is in its archive, is a workbook, another archive, a PDF or the like, whatever its name says.',
      toDo: 'Export it as CSV; pack it once or not at all.',
    },
    damaged_archive: {
      means:
        'A gzip or zip file that was cut off, has something else behind its end, or does not have the checksum or the directory that it names.',
      toDo: 'Upload it again.',
    },
    archive_entries: {
      means:
        'A zip file without a file in it, with several, or with more than 100 entries. Folders, `__MACOSX/` and names that begin with a dot do not count.',
      toDo: 'Upload each file by itself.',
    },
    archive_too_large: {
      means: 'More than 20 GB come out of an archive; or more than 16 MiB, and more than 200 times its size.',
      toDo: 'Upload it unpacked, or in several files.',
    },
    unsupported_archive: {
      means: 'A zip file that is encrypted, in several parts, or packed by another method than Deflate.',
      toDo: 'Pack it anew as the message says.',
    },
    undecodable: {
      means: 'It is neither UTF-8, UTF-16 nor Windows-1252, or not in the `encoding` of its dataset.',
      toDo: 'Save it as UTF-8, or correct the dataset.',
    },
    no_header: {
      means: "The first line has none of the dataset's columns.",
      toDo: "Add the header, or the header's texts to `headers` of the columns.",
    },
    missing_columns: {
      means: 'A required column or one of the key is missing.',
      toDo: 'Add the header, or its texts to `headers` of the column.',
    },
    duplicate_header: {
      means: 'Two columns of the file mean the same column of the dataset.',
      toDo: 'Rename one, or remove it.',
    },
    unknown_columns: {
      means: 'The file has columns that its dataset does not list, and `unknown_columns` is `"reject"`.',
      toDo: 'Add them to the dataset, or take them out of the file.',
    },
    unbalanced_quote: {
      means: 'A quote in the header is not closed.',
      toDo: 'Correct the header.',
    },
    record_too_long: {
      means: 'One record is longer than can be read; mostly a quote that is never closed.',
      toDo: 'Close it; the message has the line.',
    },
    too_many_rejects: {
      means:
        'More of its rows were refused than `max_rejected_rows` or `max_rejected_ratio` of its dataset allows.',
      toDo: 'Correct the file, or the columns or limits of the dataset.',
    },
    replacement_shrunk: {
      means: 'The new version has fewer than half of the rows of the one before, which stay.',
      toDo: 'Upload the complete file; or, when the loss is meant, put it back in line with `--accept-shrunk`.',
    },
    refused_by_database: {
      means: 'Postgres refused a value that passed our checks.',
      toDo: 'Report it with the detail.',
    },
    took_down_workers: {
      means: 'It was open each time when three worker processes were lost, the third time alone.',
      toDo: 'Split the file, or give the worker more memory; then put it back in line: it is tried once more, alone.',
    },
  };
