/**
 * An independent answer to "when does it fire?": minute by minute through a stretch of time, looking at the wall clock
 * that `Intl` shows. Knows nothing of offsets, and nothing of the code under test.
 */
import { isStar, type RandomCron } from '../arbitraries/cron.ts';

/** One minute: its instant, and what the wall clock shows, written as the instant at which UTC would show the same. */
export interface WallMinute {
  readonly instant: number;
  readonly wall: number;
  /** The clock has shown this before. */
  readonly isRepeat: boolean;
  /** What the clock has jumped over just now. */
  readonly skipped: readonly number[];
}

const MINUTE = 60_000;

export function wallMinutes(timezone: string, from: number, to: number): WallMinute[] {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const minutes: WallMinute[] = [];
  const shown = new Set<number>();
  for (let instant = from; instant < to; instant += MINUTE) {
    // `11/21/2026, 06:05`
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (format.format(instant).match(/\d+/g) ?? []).map(
      Number,
    );
    const wall = Date.UTC(year, month - 1, day, hour, minute);
    const skipped = [];
    for (let each = (minutes.at(-1)?.wall ?? wall) + MINUTE; each < wall; each += MINUTE) skipped.push(each);
    minutes.push({ instant, wall, isRepeat: shown.has(wall), skipped: skipped.filter((each) => !shown.has(each)) });
    shown.add(wall);
  }
  return minutes;
}

/** The instants at which the expression fires, by the policy that `slots.ts` documents. */
export function fires(cron: RandomCron, minutes: readonly WallMinute[]): number[] {
  const followsElapsedTime = /^\*(\/\d+)?$/.test(cron.hour.text);
  return minutes
    .filter(({ wall, isRepeat, skipped }) => {
      if (followsElapsedTime) return matches(cron, wall);
      return (!isRepeat && matches(cron, wall)) || skipped.some((each) => matches(cron, each));
    })
    .map(({ instant }) => instant);
}

function matches({ minute, hour, dayOfMonth, month, dayOfWeek }: RandomCron, wall: number): boolean {
  if (!minute.values.has((wall / MINUTE) % 60)) return false;
  const clock = new Date(wall);
  if (!hour.values.has(clock.getUTCHours())) return false;
  if (!month.values.has(clock.getUTCMonth() + 1)) return false;
  const isDayOfMonth = dayOfMonth.values.has(clock.getUTCDate());
  const isDayOfWeek = dayOfWeek.values.has(clock.getUTCDay());
  if (isStar(dayOfMonth)) return isDayOfWeek;
  if (isStar(dayOfWeek)) return isDayOfMonth;
  return isDayOfMonth || isDayOfWeek;
}
