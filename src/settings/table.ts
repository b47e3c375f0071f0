export type Table = Readonly<Record<string, unknown>>;

/** A TOML table or JSON object; TOML's dates are objects too, and are none. */
export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
