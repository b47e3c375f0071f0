/** One measured figure, beside what it is compared with where there is such a thing. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  readonly peer?: string;
  readonly peerValue?: number;
}

/** Of what is counted by the second, more is better; of the others, less. */
type Unit = 'ms' | 's' | 'MB' | 'files/s' | 'requests/s' | 'events';

export type Progress = (line: string) => void;

/** A JSON object a line, or a table. The ratio says how many times as good as the peer ours is: above 1 is better. */
export function showFigures(figures: readonly Figure[], json: boolean): void {
  for (const figure of figures) console.log(json ? JSON.stringify(asJson(figure)) : asText(figure));
}

function asJson({ name, value, unit, peer, peerValue }: Figure): Record<string, unknown> {
  const beside =
    peerValue === undefined
      ? {}
      : { peer, peer_value: round(peerValue), ratio: ratio(value, unit, peerValue) };
  return { name, value: round(value), unit, ...beside };
}

function asText({ name, value, unit, peer = '', peerValue }: Figure): string {
  const ours = `${name}  ${round(value)} ${unit}`;
  if (peerValue === undefined) return ours;
  return `${ours}   ${peer} ${round(peerValue)} ${unit}   ratio ${ratio(value, unit, peerValue)}`;
}

function ratio(value: number, unit: Unit, peerValue: number): number {
  return round(unit.endsWith('/s') ? value / peerValue : peerValue / value);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The smallest value that at least `percent` % of all do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
