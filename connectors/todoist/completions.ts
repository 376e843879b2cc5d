/** What was ticked off, as the activity log tells it: https://developer.todoist.com/api/v1/#tag/Activity */
import { cursorToken, type Http, minus, recordsHere, stream, TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import { CompletionRow } from './rows.ts';
import { Completion } from './schema.ts';
import { floating } from './task-row.ts';
import { byWindows, readWindows, seconds, type Window, type WindowsContext } from './windows.ts';

/** More are refused. */
const A_PAGE = 100;

/** Of some plans the log keeps a week, and refuses whoever asks for more; a bit less, as clocks differ. */
const SHORT_LOG = { days: 6, hours: 23 };

/** The time of day of what is due on a day alone; not every event says beside it whether it has one. */
const LAST_SECOND = '23:59:59';

const envelope = {
  schema: z.object({ results: recordsHere(), next_cursor: z.string().nullish() }),
  records: 'results',
  next: ({ next_cursor }: { readonly next_cursor?: string | null | undefined }) => next_cursor,
  parameter: 'cursor',
};

const readLog = (http: Http, { since, until }: Window) => {
  const query = { object_event_types: '["item:completed"]', date_from: since, date_to: until, limit: A_PAGE };
  return cursorToken(http, '/activities', query, envelope);
};

/** Reads as much of a window as the account's plan keeps. A backfill wants all of it, or fails. */
function keptPages({ http, cursor: { through }, now, until, notice }: WindowsContext) {
  const kept = seconds(minus(now, SHORT_LOG).getTime());
  let isShort = false;
  return async function* pages(window: Window) {
    if (!isShort) {
      try {
        return yield* readLog(http, window);
      } catch (error) {
        const isRefused = error instanceof TidemillError && error.code === 'todoist-plan';
        if (!isRefused || until !== undefined || window.since >= kept) throw error;
        isShort = true;
        if (through === null || through < kept)
          notice(`this plan of Todoist keeps a week of the activity log: completions before ${kept} are not to be had`);
      }
    }
    if (window.until > kept) yield* readLog(http, { ...window, since: window.since < kept ? kept : window.since });
  };
}

export const completions = stream({
  ...byWindows,
  name: 'completions',
  description: 'Every time a task was ticked off: a recurring task has a row for each.',
  source: Completion,
  row: CompletionRow,
  // The event's own id has 37 digits, and may be null. What is ticked off twice is so at two instants.
  key: ['task_id', 'completed_at'],
  indexes: ['completed_at'],
  examples: [
    {
      question: 'Which recurring tasks are done most?',
      sql: `SELECT content, count(*) AS times
FROM todoist.completions
WHERE is_recurring
GROUP BY content
ORDER BY times DESC, content
LIMIT 10`,
    },
  ],
  extract: (context) => readWindows(context, keptPages(context)),
  toRow({ object_type, event_type, object_id, event_date, extra_data, ...event }) {
    // Nothing else is asked for, but a filter that Todoist does not know is ignored.
    if (object_type !== 'item' || event_type !== 'completed') return [];
    const { due_date, due_time } = floating(extra_data?.completed_due_date_local);
    const hasTime = extra_data?.has_time ?? due_time !== LAST_SECOND;
    return {
      task_id: object_id,
      completed_at: event_date,
      content: extra_data?.content ?? null,
      project_id: event.parent_project_id ?? null,
      parent_id: event.parent_item_id ?? null,
      labels: extra_data?.labels ?? null,
      priority: extra_data?.priority ?? null,
      is_recurring: extra_data?.is_recurring ?? null,
      due_date,
      due_time: hasTime ? due_time : null,
      was_overdue: extra_data?.was_overdue ?? null,
      completed_by: event.initiator_id ?? null,
    };
  },
});
