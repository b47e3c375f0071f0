import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { Column, ColumnType, Dataset } from '../../src/domain/dataset.ts';
import { converterOf } from '../../src/ingest/column-converter.ts';
import { CopyBuffer } from '../../src/ingest/copy-buffer.ts';
import { shown } from './copy-binary.ts';
import { type Loaded, loadFile } from './load-file.ts';

export function column(
  name: string,
  type: ColumnType['kind'] | ColumnType,
  more: Partial<Column> = {},
): Column {
  const columnType =
    typeof type === 'string' ? ({ kind: type, precision: null, scale: null } as ColumnType) : type;
  return { name, type: columnType, headers: [name], required: false, ...noRules, ...more };
}

const noRules = { formats: [], default: null, min: null, max: null, pattern: null };

export function dataset(columns: readonly Column[], more: Partial<Dataset> = {}): Dataset {
  return {
    name: 'things',
    enabled: true,
    patterns: ['*.csv'],
    delimiter: null,
    encoding: null,
    columns,
    unknownColumns: 'ignore',
    key: [],
    onDuplicate: 'first',
    maxRejected: { rows: 10_000, ratio: 0.5 },
    eventTime: null,
    timezone: 'UTC',
    groupBy: [],
    measures: [],
    ...more,
  };
}

/** Writes the content to a file, reads it, and parses what COPY would get. */
export async function load(content: string | Uint8Array, target: Dataset): Promise<Loaded> {
  const dir = await mkdtemp(join(tmpdir(), 'ingest-'));
  try {
    const path = join(dir, 'file.csv');
    await writeFile(path, content);
    return await loadFile(path, target);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** One value through a column of its own: what COPY gets, or why not. */
export async function loadValue(
  value: string,
  type: ColumnType['kind'] | ColumnType,
  more: Partial<Column> & { readonly timezone?: string } = {},
): Promise<string | null> {
  const { timezone = 'UTC', ...columnMore } = more;
  const target = dataset([column('id', 'integer'), column('value', type, columnMore)], { timezone });
  const quoted = `"${value.replaceAll('"', '""')}"`;
  const { rows, rejects } = await load(`id,value\n1,${quoted}\n`, target);
  return rejects[0]?.reason ?? rows[0]?.[1] ?? null;
}

/** What becomes of one value: as Postgres would show it, or the reason why it is refused. */
export function convertValue(target: Column, timezone = 'UTC'): (text: string) => string {
  const convert = converterOf(target, timezone);
  return (text) => {
    const out = new CopyBuffer();
    const { length } = out;
    const bytes = Buffer.from(text);
    const reason = convert(bytes, 0, bytes.length, out);
    if (reason !== null) return reason;
    expect(out.bytes.readInt32BE(length)).toBe(out.length - length - 4);
    return shown(target.type, out.bytes.subarray(length + 4, out.length)) ?? '';
  };
}
