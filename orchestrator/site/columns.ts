/** The time axis that the map and the charts share, in UTC. Pure. */
import { DAY_MS } from './read.ts';

export interface Column {
  readonly start: number;
  readonly end: number;
  /** `21 Nov` or `21 Nov 06:00 UTC`. */
  readonly name: string;
  /** What stands above a narrow column: `21`, `06`. */
  readonly short: string;
  /** A day or month that begins with it. */
  readonly heading: string;
}

const HOUR_MS = 3_600_000;

/** Hours for up to two days, quarters of a day for up to a week, then days. */
export function columnsOf(from: Date, to: Date): Column[] {
  const days = Math.ceil((to.getTime() - from.getTime()) / DAY_MS);
  const width = days <= 2 ? HOUR_MS : days <= 7 ? 6 * HOUR_MS : DAY_MS;
  const first = from.getTime();
  const count = Math.max(1, Math.ceil((to.getTime() - first) / width));
  return Array.from({ length: count }, (_, index) => columnAt(first + index * width, width, index === 0));
}

/** Narrower than a day: then the hours are those of who reads it. */
export const isHourly = ([first]: readonly Column[]): boolean =>
  first !== undefined && first.end - first.start < DAY_MS;

function columnAt(start: number, width: number, isFirst: boolean): Column {
  const date = new Date(start);
  const [day, hour] = [dayName(date), date.toISOString().slice(11, 16)];
  const isDay = width === DAY_MS;
  const begins = isDay ? date.getUTCDate() === 1 : hour === '00:00';
  return {
    start,
    end: start + width,
    name: isDay ? day : `${day} ${hour} UTC`,
    short: isDay ? String(date.getUTCDate()) : hour.slice(0, 2),
    heading: !begins && !isFirst ? '' : isDay ? (months[date.getUTCMonth()] ?? '') : day,
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `21 Nov`. */
export const dayName = (date: Date): string => `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;

/** `21 Nov 06:17`. */
export const minuteName = (date: Date): string => `${dayName(date)} ${date.toISOString().slice(11, 16)}`;

/** The index of the column an instant falls into; the nearest one for what lies outside. */
export function columnOf(columns: readonly Column[], instant: number): number {
  const { start = 0, end = 1 } = columns[0] ?? {};
  return Math.min(Math.max(Math.floor((instant - start) / (end - start)), 0), columns.length - 1);
}
