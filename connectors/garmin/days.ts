/** Garmin has no "changed since": days are asked for by their date, and the last ones again. */
import { type CursorSpec, type ExtractContext, eachDay, isoDate, minus } from '@tidemill/kit';
import { z } from 'zod';

/** The last calendar day that was read; null before the first run. */
const DaysCursor = z.object({ through: z.iso.date().nullable() });
export type DaysCursor = z.output<typeof DaysCursor>;

const cursor: CursorSpec<DaysCursor> = {
  version: 1,
  schema: DaysCursor,
  start: { through: null },
  at: (instant) => ({ through: isoDate(instant) }),
};

const options = z.strictObject({
  start_date: z.iso
    .date()
    .optional()
    .describe('First day to read, YYYY-MM-DD. Without it, the first run begins 30 days back.'),
});

/** What all streams that are read by days declare. */
export const byDays = { write: 'upsert', method: 'api_json', cursor, options } as const;

export type DaysContext = ExtractContext<DaysCursor, { readonly start_date?: string | undefined }>;
type Span = Pick<DaysContext, 'cursor' | 'options' | 'now' | 'until'>;

/** Watches hand over days late, when they are next to their phone, and the record of a day changes until it is over. */
const LOOKBACK = { days: 7 };
/** A month is quickly read; the years before it are asked for with `start_date`. */
const FIRST_RUN = { days: 30 };

/** The first day a run reads. */
export function firstDay({ cursor: { through }, options: { start_date: start }, now, until }: Span): string {
  if (through === null) return start ?? isoDate(minus(now, FIRST_RUN));
  // A backfill asks for days that are long over, also for such before the first one.
  if (until !== undefined) return through;
  const again = isoDate(minus(through, LOOKBACK));
  return start !== undefined && start > again ? start : again;
}

/** The days a run reads, in order. They are the person's own; since nobody knows where that is, UTC tells which is the last. */
export const daysToRead = (span: Span): string[] => [...eachDay(firstDay(span), span.until ?? span.now)];
