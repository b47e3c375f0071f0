/** One measured figure beside what it is compared with. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 's';
  readonly peer: string;
  readonly peerValue: number;
}

export type Progress = (line: string) => void;

/** A JSON object a line, or a table. The ratio says how many times as good as the peer ours is: above 1 is better. */
export function showFigures(figures: readonly Figure[], json: boolean): void {
  for (const { name, value, unit, peer, peerValue } of figures) {
    const ratio = round(peerValue / value);
    if (json)
      console.log(
        JSON.stringify({ name, value: round(value), unit, peer, peer_value: round(peerValue), ratio }),
      );
    else
      console.log(`${name}  ${round(value)} ${unit}   ${peer} ${round(peerValue)} ${unit}   ratio ${ratio}`);
  }
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
