import { type Http, jsonLine, type Lines, parseLine, stream } from '@tidemill/kit';
import { ActivityStreamRow } from '../rows.ts';
import { ActivitiesOptions, ActivityStreams, Listed, STREAM_TYPES, StreamSet, StreamsCursor } from '../schema.ts';
import { listActivities, reachBack, type Span } from './listing.ts';

/** One request an activity may use up everything; so much of each budget is left to the other jobs of the app. */
const SHARE = 0.8;

/** A mark costs a commit. */
const ACTIVITIES_A_MARK = 20;

export const activityStreams = stream({
  name: 'activity_streams',
  description: 'What was measured during activities: a row an activity and type, each read once.',
  source: ActivityStreams,
  row: ActivityStreamRow,
  key: ['activity_id', 'type'],
  write: 'upsert',
  method: 'api_json',
  oauthScopes: ['activity:read_all'],
  options: ActivitiesOptions,
  cursor: {
    version: 1,
    schema: StreamsCursor,
    start: { through: '1970-01-01T00:00:00.000Z', done: [] },
    at: (instant) => ({ through: instant.toISOString(), done: [] }),
  },
  async *extract({ http, cursor, options, now, until, notice }) {
    const end = until ?? now;
    const overlap = { days: options.overlap_days };
    const done = new Set(cursor.done);
    const { listed, odd } = await oldestFirst(http, { from: reachBack(cursor.through, overlap), before: end });
    yield* odd;
    const waiting = listed.filter(({ id, manual }) => !done.has(String(id)) && manual !== true);
    // What lies before the overlap is not listed again, so it need not be remembered.
    const mark = (through: string) => {
      const from = reachBack(through, overlap).getTime();
      const remembered = listed.filter(({ id, start_date }) => done.has(String(id)) && Date.parse(start_date) >= from);
      return { mark: { through, done: remembered.map(({ id }) => String(id)) } };
    };
    let through = cursor.through;
    let without = 0;
    for (const [index, { id, start_date }] of waiting.entries()) {
      // A slice of a backfill is whole or it failed; otherwise the rest can wait.
      if (until === undefined && http.spent() >= SHARE) {
        notice(
          `${waiting.length - index} activities wait for the next run: ${SHARE * 100} % of the rate budget is used up`,
        );
        yield mark(through);
        return;
      }
      if (!(yield* streamsOf(http, { id, start_date }))) without += 1;
      done.add(String(id));
      if (start_date > through) through = start_date;
      if ((index + 1) % ACTIVITIES_A_MARK === 0) yield mark(through);
    }
    if (without > 0 && without === waiting.length)
      notice(`Strava answered 404 for all ${without} activities: they have no streams, or the path of streams moved`);
    yield mark(end.toISOString());
  },
  toRow: ({ activity_id, streams }) =>
    Object.entries(streams).map(([type, { data, series_type, original_size, resolution }]) => ({
      activity_id,
      type,
      data,
      series_type: series_type ?? null,
      original_size: original_size ?? null,
      resolution: resolution ?? null,
    })),
});

/** Whether any came: nothing does of an activity that was deleted meanwhile, or that has none. That is a 404. */
async function* streamsOf(http: Http, { id, start_date }: Pick<Listed, 'id' | 'start_date'>) {
  const query = { keys: STREAM_TYPES.join(), key_by_type: true };
  const { line: streams, url } = await http.json(`activities/${id}/streams`, StreamSet, { query, accept: [404] });
  if (streams === undefined) return false;
  yield { lines: [jsonLine({ activity_id: id, start_date, streams })], url };
  return true;
}

/** One line each: a hundred thousand of them are a few megabytes. What says no id or no start is rejected, and the others go on. */
async function oldestFirst(http: Http, span: Span): Promise<{ listed: readonly Listed[]; odd: readonly Lines[] }> {
  const listed = new Map<string, Listed>();
  const odd: Lines[] = [];
  for await (const { lines, url } of listActivities(http, span)) {
    const unread = lines.filter((line) => {
      const { success, data } = Listed.safeParse(parseLine(line));
      if (success) listed.set(String(data.id), data);
      return !success;
    });
    if (unread.length > 0) odd.push({ lines: unread.map((activity) => jsonLine({ activity })), url });
  }
  const byStart = (a: Listed, b: Listed): number => a.start_date.localeCompare(b.start_date) || (a.id < b.id ? -1 : 1);
  return { listed: [...listed.values()].sort(byStart), odd };
}
