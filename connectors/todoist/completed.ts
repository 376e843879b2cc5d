/** Tasks that were done, by when they were: https://developer.todoist.com/api/v1/#tag/Tasks */
import { type CursorSpec, cursorToken, type ExtractContext, minus, recordsHere, stream } from '@tidemill/kit';
import { z } from 'zod';
import { CompletedTaskRow } from './rows.ts';
import { CompletedTask } from './schema.ts';
import { taskRow } from './task-row.ts';

/** Everything that was completed before this instant is out; null before the first run. */
const CompletedCursor = z.object({ through: z.iso.datetime().nullable() });
type CompletedCursor = z.output<typeof CompletedCursor>;

const cursor: CursorSpec<CompletedCursor> = {
  version: 1,
  schema: CompletedCursor,
  start: { through: null },
  at: (instant) => ({ through: instant.toISOString() }),
};

const CompletedOptions = z.strictObject({
  since: z.iso
    .date()
    .default('2007-01-01')
    .describe('Tasks completed before this day are left out. By default none is: twelve weeks are one request.'),
});

type CompletedContext = ExtractContext<CompletedCursor, z.output<typeof CompletedOptions>>;

/** Apps that were offline hand completions over when they are back, with the time the box was ticked. */
const LOOKBACK = { days: 7 };
/** Windows of more than three months are refused; none of those has fewer than 89 days. */
const WINDOW_MS = 84 * 86_400_000;
/** More are refused. */
const A_PAGE = 200;

interface Window {
  readonly since: string;
  readonly until: string;
}

/** The windows a run reads, in order, without gaps. Whole seconds: what is cut off the last one, the lookback brings. */
export function* windowsOf({
  cursor: { through },
  options,
  now,
  until,
}: Omit<CompletedContext, 'http'>): Generator<Window> {
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

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** `next_cursor` is null or missing at the end. */
const envelope = {
  schema: z.object({ items: recordsHere(), next_cursor: z.string().nullish() }),
  records: 'items',
  next: ({ next_cursor }: { readonly next_cursor?: string | null | undefined }) => next_cursor,
  parameter: 'cursor',
};

async function* readCompleted(context: CompletedContext) {
  const windows = [...windowsOf(context)];
  for (const [index, window] of windows.entries()) {
    let isEmpty = true;
    const query = { ...window, limit: A_PAGE };
    for await (const page of cursorToken(context.http, '/tasks/completed/by_completion_date', query, envelope)) {
      isEmpty = false;
      yield page;
    }
    // Each mark costs a commit: years in which there was nothing are not worth one.
    if (!isEmpty || index === windows.length - 1) yield { mark: { through: new Date(window.until).toISOString() } };
  }
}

export const completedTasks = stream({
  name: 'completed_tasks',
  description: 'Completions of tasks: a recurring task has one row for each.',
  source: CompletedTask,
  row: CompletedTaskRow,
  key: ['id', 'completed_at'],
  indexes: ['completed_at'],
  write: 'upsert',
  method: 'api_json',
  cursor,
  options: CompletedOptions,
  examples: [
    {
      question: 'Which projects is most done in?',
      sql: `SELECT project_id, count(*) AS completed
FROM todoist.completed_tasks
GROUP BY project_id
ORDER BY completed DESC, project_id
LIMIT 10`,
    },
  ],
  extract: readCompleted,
  toRow: (task) => ({
    ...taskRow(task),
    completed_at: task.completed_at,
    completed_by: task.completed_by_uid ?? null,
  }),
});
