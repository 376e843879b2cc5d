/** What is asked for by the time it happened: span by span, since Todoist refuses long ones. */
import { type CursorSpec, type Emission, type ExtractContext, type Lines, minus } from '@tidemill/kit';
import { z } from 'zod';

/** Everything that happened before this instant is out; null before the first run. */
const WindowsCursor = z.object({ through: z.iso.datetime().nullable() });
type WindowsCursor = z.output<typeof WindowsCursor>;

const cursor: CursorSpec<WindowsCursor> = {
  version: 1,
  schema: WindowsCursor,
  start: { through: null },
  at: (instant) => ({ through: instant.toISOString() }),
};

const options = z.strictObject({
  since: z.iso
    .date()
    .default('2007-01-01')
    .describe('Tasks completed before this day are left out. By default none is: twelve weeks are one request.'),
});

/** What all streams that are read by windows declare. */
export const byWindows = { write: 'upsert', method: 'api_json', cursor, options, preview: true } as const;

export type WindowsContext = ExtractContext<WindowsCursor, z.output<typeof options>>;

/** Apps that were offline hand completions over when they are back, with the time the box was ticked. */
const LOOKBACK = { days: 7 };
/** Windows of more than three months are refused; none of those has fewer than 89 days. */
const WINDOW_MS = 84 * 86_400_000;

/** Both are instants of whole seconds. */
export interface Window {
  readonly since: string;
  readonly until: string;
}

/** The windows a run reads, in order, without gaps. Whole seconds: what is cut off the last one, the lookback brings. */
export function* windowsOf({
  cursor: { through },
  options,
  now,
  until,
}: Pick<WindowsContext, 'cursor' | 'options' | 'now' | 'until'>): Generator<Window> {
  const last = (until ?? now).getTime();
  for (let from = firstInstant(through, options.since, until); from < last; from += WINDOW_MS)
    yield { since: seconds(from), until: seconds(Math.min(from + WINDOW_MS, last)) };
}

/** In epoch milliseconds. A backfill asks for what is long over, also for what lies before the first run. */
function firstInstant(through: string | null, since: string, until: Date | undefined): number {
  if (through === null) return Date.parse(since);
  if (until !== undefined) return Date.parse(through);
  return Math.max(Date.parse(since), minus(through, LOOKBACK).getTime());
}

/** The instant as Todoist takes it, cut to whole seconds. */
export const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** Within a window the newest come first, so a reading that breaks off in it begins it anew. */
export async function* readWindows(
  context: WindowsContext,
  pagesOf: (window: Window) => AsyncIterable<Lines>,
): AsyncGenerator<Emission<WindowsCursor>> {
  for (const window of windowsOf(context)) {
    yield* pagesOf(window);
    yield { checkpoint: { through: new Date(window.until).toISOString() } };
  }
}
