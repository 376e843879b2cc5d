/** The two ways Garmin is asked for days: one by one, and by ranges. */
import { type Answer, type Declined, type Emission, type Http, type Query, recordsHere } from '@tidemill/kit';
import { z } from 'zod';
import { type DaysContext, type DaysCursor, daysToRead } from './days.ts';

interface Request {
  readonly path: string;
  readonly query?: Query;
}

/** The status of days without data, beside 200 and an empty body. 404 is none: it says that the path moved. */
const NO_DATA = [204];
/** Ranges of more days are refused. */
const RANGE_DAYS = 28;
/** One answer a day, which is the record; `shape` tells one from an answer that is none. */
export async function* dayByDay(
  context: DaysContext,
  requestOf: (day: string) => Request,
  shape: z.ZodType,
): AsyncGenerator<Emission<DaysCursor>> {
  for (const day of daysToRead(context)) {
    const { value, line, url } = await get(context.http, requestOf(day), Nothing.or(shape));
    if (line !== undefined && !isNothing(value)) yield { lines: [line], url };
    yield { checkpoint: { through: day } };
  }
}

/** What holds the records of a range together. */
export interface RangeEnvelope {
  readonly schema: z.ZodType;
  /** The path to them. */
  readonly records: string;
}

/** One answer for up to 28 days, with any number of records. `start` and `end` are days, both included. */
export async function* byRange(
  context: DaysContext,
  requestOf: (start: string, end: string) => Request,
  { schema, records }: RangeEnvelope,
): AsyncGenerator<Emission<DaysCursor>> {
  const days = daysToRead(context);
  for (let from = 0; from < days.length; from += RANGE_DAYS) {
    const range = days.slice(from, from + RANGE_DAYS);
    const [start = '', end = start] = [range[0], range.at(-1)];
    const { lines, url } = await get(context.http, requestOf(start, end), Nothing.or(schema), records);
    const found = lines?.[records] ?? [];
    if (found.length > 0) yield { lines: found, url };
    yield { checkpoint: { through: end } };
  }
}

/** The bare array some ranges answer. */
export const bareArray: RangeEnvelope = { schema: recordsHere(), records: '' };

const get = (
  http: Http,
  { path, query = {} }: Request,
  schema: z.ZodType,
  ...records: string[]
): Promise<Answer<z.ZodType, string> | Declined> => http.json(path, schema, { query, records, accept: NO_DATA });

/** The bodies of days without data, beside none at all. */
const Nothing = z.union([z.null(), z.literal(''), z.strictObject({})]);

const isNothing = (value: unknown): boolean => Nothing.safeParse(value).success;
