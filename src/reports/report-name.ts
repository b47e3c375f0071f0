import { instantsOf } from '../zones/clock-changes.ts';
import { offsetAt, offsetText, wallTime } from '../zones/zone-time.ts';

/**
 * `hourly_YYYYMMDD_HHMM.xlsx` by the zone's wall clock at the start of the hour. Where clocks go back and that time comes
 * twice, both names carry the offset: `hourly_20261025_0200+0200.xlsx`.
 */
export function hourlyReportName(periodStart: Date, zone: string): string {
  const at = periodStart.getTime();
  const wall = wallTime(zone, at);
  const [date = '', time = ''] = new Date(wall).toISOString().split('T');
  const stamp = `${date.replaceAll('-', '')}_${time.slice(0, 5).replace(':', '')}`;
  const comesTwice = instantsOf(zone, wall).length > 1;
  const offset = comesTwice ? offsetText(offsetAt(zone, at)).replace(':', '') : '';
  return `hourly_${stamp}${offset}.xlsx`;
}
