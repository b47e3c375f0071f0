import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { pino } from 'pino';

import { loadSettings } from '../src/settings/load-settings.ts';
import { Secret } from '../src/settings/secret.ts';
import { startWorker } from '../src/worker.ts';

/** What a worker process has measured of itself since it was told to begin. */
export interface SelfMeasure {
  /** The most that the process ever had, in MB. */
  readonly peakMb: number;
  /** In MB, at this moment. */
  readonly nowMb: number;
  /** How late a timer was, in ms. */
  readonly delayP99: number;
  readonly delayMax: number;
}

const resolutionMs = 2;
const delays = monitorEventLoopDelay({ resolution: resolutionMs });
delays.enable();

process.on('message', (message) => {
  if (message === 'begin') {
    delays.reset();
    // proc_pid_clear_refs(5): from now on VmHWM is the peak.
    writeFileSync('/proc/self/clear_refs', '5');
  }
  const measure: SelfMeasure = {
    peakMb: statusMb('VmHWM'),
    nowMb: statusMb('VmRSS'),
    delayP99: delays.percentile(99) / 1e6 - resolutionMs,
    delayMax: delays.max / 1e6 - resolutionMs,
  };
  process.send?.(measure);
});

function statusMb(name: string): number {
  const [, kilobytes] =
    new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

const { settings } = loadSettings({ cwd: process.cwd(), env: process.env });
const worker = await startWorker({
  settings,
  databaseUrl: settings.database.url ?? new Secret(''),
  logger: pino({ level: 'warn' }, pino.destination(2)),
});
console.log('Worker started');
process.once('SIGTERM', () => {
  worker.shutdown();
});
await worker.ended;
process.disconnect();
