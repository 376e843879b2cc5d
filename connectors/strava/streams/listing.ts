/** The list of activities, as every stream reads it. https://developers.strava.com/docs/reference/#api-Activities-getLoggedInAthleteActivities */
import { type Duration, epochSeconds, type Http, type Instant, type Lines, minus, pageNumber } from '@tidemill/kit';

/** The most that one request answers. */
const PER_PAGE = 200;

/** Both bounds are whole seconds of the start, and Strava leaves both of them out. */
export interface Span {
  readonly from: Instant;
  /** Activities that begin then or later are left out. */
  readonly before: Date;
}

/** Before it there was no Strava: what is older was imported, and is little. */
const STRAVA_BEGAN = Date.UTC(2009, 0, 1);
/** 25 pages of it are seven activities a day. */
const SPAN_MS = 730 * 86_400_000;

/** What is read one after the other, the oldest first and one at least, so that a reading that breaks off need not begin anew. */
export function* spansOf(from: Date, end: Date): Generator<Span> {
  do {
    const next = from.getTime() < STRAVA_BEGAN ? STRAVA_BEGAN : from.getTime() + SPAN_MS;
    const before = new Date(Math.min(next, end.getTime()));
    yield { from, before };
    from = before;
  } while (from < end);
}

/**
 * Activities that began within the span, in no order one may rely on: with both bounds the newest come first, with one of
 * them it is said to be otherwise.
 */
export const listActivities = (http: Http, { from, before }: Span): AsyncGenerator<Lines> =>
  pageNumber(http, 'athlete/activities', {
    after: Math.max(0, epochSeconds(from) - 1),
    before: Math.ceil(before.getTime() / 1000),
    per_page: PER_PAGE,
  });

/** The instant so much before the cursor from which on is read again, never before 1970. */
export function reachBack(through: string, overlap: Duration): Date {
  return new Date(Math.max(0, minus(through, overlap).getTime()));
}
