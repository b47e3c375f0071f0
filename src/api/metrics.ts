/** Something that is counted; docs/scheduling-api.md has each. */
export interface Metric {
  /** As people call it: `scheduler.tick.count`. Prometheus calls it the same with underscores. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Of a summary: the number of values, and their sum. */
  readonly value: number | { readonly count: number; readonly sum: number };
}

/** The text format of Prometheus, 0.0.4. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map((metric) => `${lines(metric).join('\n')}\n`).join('');
}

/** The same, by the names that people use; samples with labels are summed up. */
export function metricsJson(
  metrics: readonly Metric[],
): Record<string, number | { count: number; sum: number }> {
  return Object.fromEntries(
    metrics.map(({ name, type, samples }) => {
      const sum = samples.reduce(
        (all, { value }) => all + (typeof value === 'number' ? value : value.sum),
        0,
      );
      const count = samples.reduce(
        (all, { value }) => all + (typeof value === 'number' ? 1 : value.count),
        0,
      );
      return [name, type === 'summary' ? { count, sum } : sum];
    }),
  );
}

function lines({ name, help, type, samples }: Metric): string[] {
  const id = name.replaceAll('.', '_');
  return [
    `# HELP ${id} ${help}`,
    `# TYPE ${id} ${type}`,
    ...samples.flatMap(({ labels, value }) => {
      if (typeof value === 'number') return [`${id}${labelText(labels)} ${value}`];
      return [`${id}_sum${labelText(labels)} ${value.sum}`, `${id}_count${labelText(labels)} ${value.count}`];
    }),
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replace(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
