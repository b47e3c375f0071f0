export interface WindowRules {
  /** `cadence`: from the tick before; minutes: that far back. */
  readonly lookback: 'all' | 'cadence' | { readonly minutes: number };
  /** ISO 8601: nothing that was modified earlier is looked at. */
  readonly since: string | null;
  readonly catchupMinutes: number;
}

export interface Tick {
  /** The time that the run stands for, ISO 8601. */
  readonly nominal: string;
  /** When the run really started. */
  readonly startedAt: string;
  /** Whether the job is due then. What somebody asks for at another time is no backfill, however long it has to wait. */
  readonly isDue: boolean;
  /** Nominal time of the tick before this one. */
  readonly previous: string;
  /** How far earlier runs of the job have looked; null: none has yet. */
  readonly coveredTo: string | null;
}

/** Files that were modified at `from` or later, and before `to`. ISO 8601; a null `from` is the beginning of time. */
export interface DataWindow {
  readonly from: string | null;
  readonly to: string;
  /** The run repeats an old tick: its window is its own alone, and the figures in it are computed again. */
  readonly backfill: boolean;
}

/**
 * The files that a run looks at, by their modified time. SharePoint and Temporal give times in whole seconds, so the
 * nominal time's own second belongs to the window.
 */
export function dataWindow(rules: WindowRules, tick: Tick): DataWindow {
  const nominal = Date.parse(tick.nominal);
  const backfill = tick.isDue && Date.parse(tick.startedAt) - nominal > rules.catchupMinutes * 60_000;
  const to = iso(Math.floor(nominal / 1000) * 1000 + 1000);
  const own = Math.floor(Date.parse(tick.previous) / 1000) * 1000 + 1000;
  if (backfill) return { from: later(rules.since, own), to, backfill };
  if (rules.lookback === 'cadence') {
    // A tick that was skipped, or failed, left a gap that no window of its own will ever cover.
    const covered = tick.coveredTo === null ? own : Date.parse(tick.coveredTo);
    return { from: later(rules.since, Math.min(own, covered)), to, backfill };
  }
  if (rules.lookback === 'all') return { from: later(rules.since, null), to, backfill };
  return { from: later(rules.since, nominal - rules.lookback.minutes * 60_000), to, backfill };
}

function later(since: string | null, from: number | null): string | null {
  const floor = since === null ? null : Date.parse(since);
  if (floor === null) return from === null ? null : iso(from);
  return iso(from === null ? floor : Math.max(floor, from));
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
