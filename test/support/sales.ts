/** A dataset that is small enough to be seen whole in a test. */
export const salesToml = `
[scheduler]
timezone = "UTC"

[datasets.sales]
patterns = ["sales*.csv"]
key = ["id"]
event_time = "sold_at"
group_by = ["shop"]

[datasets.sales.columns]
id = { type = "integer", required = true }
sold_at = { type = "timestamp", required = true }
shop = "text"
amount = "numeric(12,2)"

[datasets.sales.measures]
sales = "count(*)"
amount = "sum(amount)"
`;

export interface Sale {
  readonly id: number | string;
  readonly soldAt?: string;
  readonly shop?: string;
  readonly amount?: number | string;
}

export function salesCsv(sales: readonly Sale[]): string {
  const lines = sales.map(
    ({ id, soldAt = '2026-11-20T10:15:00Z', shop = 'north', amount = 1 }) =>
      `${id},${soldAt},${shop},${amount}`,
  );
  return `${['id,sold_at,shop,amount', ...lines].join('\n')}\n`;
}

/** Sales with ids from `first` on, all of one hour. */
export function manySales(count: number, first = 1): Sale[] {
  return Array.from({ length: count }, (_, index) => ({ id: first + index }));
}
