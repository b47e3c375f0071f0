interface NameRule {
  readonly form: RegExp;
  /** Characters. */
  readonly longest: number;
}

/** Of a dataset, and of its table. */
export const datasetName: NameRule = { form: /^[a-z][a-z0-9_]{0,47}$/, longest: 48 };

/** Of a column or a measure. Postgres cuts names after 63 bytes, and has columns of its own in every table. */
export const columnName: NameRule = {
  form: /^(?!(?:ctid|cmin|cmax|xmin|xmax|tableoid)$)[a-z][a-z0-9_]{0,62}$/,
  longest: 63,
};

/** `Started At`, `startedAt` and `Started-at` as `started_at`. Empty: nothing is left of it. It may begin with a digit, and be too long. */
export function snakeCase(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}
