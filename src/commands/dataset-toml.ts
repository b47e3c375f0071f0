import type { InferredColumn, InferredDataset } from '../ingest/infer-dataset.ts';
import { saysThatItNamesARow } from '../ingest/infer-key.ts';
import type { Sample } from '../ingest/sample.ts';
import { toToml, typeName } from '../settings/effective-values.ts';

/** `[datasets.NAME]` for settings.toml, with comments that say what was guessed. */
export function datasetToml(fileName: string, sample: Sample, dataset: InferredDataset): string {
  const lines = [
    ...head(fileName, sample, dataset),
    `[datasets.${dataset.name}]`,
    ...patternLines(dataset),
    ...keyLines(dataset, sample),
    ...timeLines(dataset),
    '',
    `[datasets.${dataset.name}.columns]`,
    ...dataset.columns.flatMap((column) => [...remarks(column).map(comment), assignment(column)]),
  ];
  return `${lines.join('\n')}\n`;
}

function head(
  fileName: string,
  { rows, unclean, isWhole, headers }: Sample,
  { leftOut }: InferredDataset,
): string[] {
  const first = isWhole ? '' : 'the first ';
  const left = leftOut.map(quoted).join(', ');
  return [
    comment(
      `Guessed from ${first}${rowsText(rows.length)} of ${quoted(fileName)}. Look at each line, then: charlie datasets check FILE`,
    ),
    ...(unclean === 0
      ? []
      : [comment(`Rows that are damaged, or have not as many fields as the header: ${count(unclean)}.`)]),
    ...(rows.length === 0 ? [comment('There was no row to guess from: every column is text.')] : []),
    ...(headers.some(looksLikeValue)
      ? [comment('The first line has numbers or dates in it. Is it a row? Files need a header.')]
      : []),
    ...(left === ''
      ? []
      : [comment(`Left out, since their headers are empty or stand there more than once: ${left}`)]),
  ];
}

function looksLikeValue(header: string): boolean {
  return /^[-+]?[\d.,]*\d[\d.,]*$|^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b/.test(header.trim());
}

function patternLines({ pattern }: InferredDataset): string[] {
  const isBroad = /^[*?]+(?:\.[^.]*)?$/.test(pattern);
  return [
    ...(isBroad
      ? [comment('Takes nearly every file: put something in it that the files have in common.')]
      : []),
    toToml({ key: 'patterns', value: [pattern] }),
  ];
}

/** A wrong key makes rows duplicates, which are not loaded: where the name does not say it too, it is left to a person. */
function keyLines({ key }: InferredDataset, { rows, isWhole }: Sample): string[] {
  const [only = ''] = key;
  if (key.length === 0) return [];
  const line = toToml({ key: 'key', value: key });
  const unique = `is unique in the ${isWhole ? '' : 'first '}${rowsText(rows.length)}`;
  if (key.length === 1 && saysThatItNamesARow(only)) return [comment(`It ${unique}.`), line];
  return [comment(`${line}  ${unique}: use it if that is no chance; of equal rows only one is loaded`)];
}

function timeLines({ columns, eventTime }: InferredDataset): string[] {
  const times = columns.filter(({ type }) => type.kind === 'timestamp');
  return [
    ...(eventTime === null
      ? []
      : [comment('The hour that a row counts in.'), toToml({ key: 'event_time', value: eventTime })]),
    ...(times.length === 0
      ? []
      : [comment('timezone = "Europe/Berlin"  of times without an offset; not set: that of [scheduler]')]),
  ];
}

function remarks({
  alternatives,
  misfits,
  trap,
  choices,
  formats,
  type,
  name,
  header,
}: InferredColumn): string[] {
  const others = alternatives.map(quoted).join(' or ');
  return [
    ...(others === ''
      ? []
      : [`Day or month first? ${quoted(formats[0] ?? '')} fits all values, and so does ${others}.`]),
    ...(misfits === null
      ? []
      : [`Rejects ${rowsText(misfits.count)}, whose value is no ${type.kind}: ${quoted(misfits.example)}`]),
    ...(trap === null ? [] : [`${quoted(header)} is text: ${trap}.`]),
    ...(choices === null
      ? []
      : [`${name} could be { type = "enum", values = [${choices.map(quoted).join(', ')}] }`]),
  ];
}

function assignment({ name, header, type, required, formats }: InferredColumn): string {
  const [format] = formats;
  const value = {
    type: typeName(type),
    ...(required && { required }),
    ...(format !== undefined && { format }),
    ...(header.toLowerCase() !== name && { headers: [header] }),
  };
  return toToml({ key: name, value: Object.keys(value).length === 1 ? value.type : value });
}

/** TOML takes no control characters in comments. */
function comment(text: string): string {
  return `# ${text}`;
}

function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text;
  return JSON.stringify(short).replace(/[\p{Cc}\p{Bidi_Control}]/gu, '\u{FFFD}');
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function rowsText(rows: number): string {
  return `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}
