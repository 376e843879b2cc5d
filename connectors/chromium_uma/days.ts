/** Which days are asked for. All of them are UTC, `YYYY-MM-DD`. Pure. */
import { type CursorSpec, type Interval, isoDate, minus } from '@tidemill/kit';
import { z } from 'zod';

/** A day is asked for until it is this old: it is there two days later at the latest, as those say who wait for it. */
const PATIENCE_DAYS = 5;

export const Capstones = z.object({
  /** Every day before it is settled: it is had, or was told as not to be had. */
  from: z.iso.date().nullable(),
  /** Those from there on that are had: none of them is asked for again. */
  capped: z.array(z.iso.date()),
});
export type Capstones = z.output<typeof Capstones>;

export const cursor: CursorSpec<Capstones> = {
  version: 1,
  schema: Capstones,
  start: { from: null, capped: [] },
  at: (instant) => ({ from: isoDate(instant), capped: [] }),
};

export interface Span {
  /** The first day that is not given up when it is not ready. */
  readonly patientFrom: string;
  /** Days that are asked for, the oldest first. */
  readonly days: readonly string[];
}

/** The days that are over and not had. After a pause there are older ones among them: each is asked for once at least. */
export function daysToAsk(capstones: Capstones, now: Date): Span {
  const today = isoDate(now);
  const oldest = isoDate(minus(today, { days: PATIENCE_DAYS }));
  const from = capstones.from ?? oldest;
  // By a clock that is behind, what is settled stays it.
  return { patientFrom: from > oldest ? from : oldest, days: daysIn(capstones, from, today) };
}

/** Those that begin in the interval, each once: whatever is not ready is given up. */
export function daysToAskAgain(capstones: Capstones, { start, end }: Interval, now: Date): Span {
  const [first, last, today] = [firstDay(start), firstDay(end), isoDate(now)];
  const to = last < today ? last : today;
  const { from } = capstones;
  return { patientFrom: to, days: daysIn(capstones, from !== null && from > first ? from : first, to) };
}

function daysIn({ capped }: Capstones, from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day < to; day = after(day)) if (!capped.includes(day)) days.push(day);
  return days;
}

/** The first that begins then or later. */
function firstDay(instant: Date): string {
  const day = isoDate(instant);
  return new Date(day) < instant ? after(day) : day;
}

export interface Found {
  /** Days that were had before or are now. */
  readonly had: ReadonlySet<string>;
  /** Those that were not ready, and are not waited for. */
  readonly givenUp: ReadonlySet<string>;
}

/** What is marked: a day that has failed is asked for again, however old it is. */
export function capstones({ patientFrom, days }: Span, { had, givenUp }: Found): Capstones {
  const open = days.find((day) => !had.has(day) && !givenUp.has(day));
  const from = open !== undefined && open < patientFrom ? open : patientFrom;
  return { from, capped: [...had].filter((day) => day >= from).sort() };
}

/** The day that follows. */
export const after = (day: string): string => isoDate(minus(day, { days: -1 }));
