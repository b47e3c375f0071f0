const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of `90s`, `15m`, `1h30m`, `7d`; null when it is none. */
export function durationSeconds(text: string): number | null {
  if (!/^(?:\d{1,7}[smhdw])+$/.test(text)) return null;
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, amount, unit = 's']) => sum + Number(amount) * (secondsOf[unit] ?? 0),
    0,
  );
}

/** `15 minutes`, `1 hour`, `90 minutes`, `2 days`: the largest unit that leaves no rest. */
export function durationWords(seconds: number): string {
  for (const [unit, size] of [
    ['week', 604_800],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const)
    if (seconds >= size && seconds % size === 0) return counted(seconds / size, unit);
  return counted(seconds, 'second');
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
