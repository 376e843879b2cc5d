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
const HOUR = 60 * MINUTE;

export function wallMinutes(timezone: string, from: number, to: number): WallMinute[] {
  const wallAt = wallClock(timezone);
  const minutes: WallMinute[] = [];
  const shown = new Set<number>();
  const show = (instant: number, wall: number): void => {
    const skipped = [];
    for (let each = (minutes.at(-1)?.wall ?? wall) + MINUTE; each < wall; each += MINUTE) skipped.push(each);
    minutes.push({ instant, wall, isRepeat: shown.has(wall), skipped: skipped.filter((each) => !shown.has(each)) });
    shown.add(wall);
  };
  for (let start = from; start < to; start += HOUR) {
    const wall = wallAt(start);
    // No clock is set twice within an hour: one that shows an hour more after it has shown every minute of it.
    const isPlain = wallAt(start + HOUR) - wall === HOUR;
    for (let instant = start; instant < Math.min(start + HOUR, to); instant += MINUTE) {
      show(instant, isPlain ? wall + instant - start : wallAt(instant));
    }
  }
  return minutes;
}

/** What the wall clock shows at an instant, written as the instant at which UTC would show the same. */
function wallClock(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (instant) => {
    // `11/21/2026, 06:05`
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (format.format(instant).match(/\d+/g) ?? []).map(
      Number,
    );
    return Date.UTC(year, month - 1, day, hour, minute);
  };
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
