/** Tasks that were done, by when they were: https://developer.todoist.com/api/v1/#tag/Tasks */
import { cursorToken, recordsHere, stream } from '@tidemill/kit';
import { z } from 'zod';
import { CompletedTaskRow } from './rows.ts';
import { CompletedTask } from './schema.ts';
import { taskRow } from './task-row.ts';
import { byWindows, readWindows } from './windows.ts';

/** More are refused. */
const A_PAGE = 200;

/** `next_cursor` is null or missing at the end. */
const envelope = {
  schema: z.object({ items: recordsHere(), next_cursor: z.string().nullish() }),
  records: 'items',
  next: ({ next_cursor }: { readonly next_cursor?: string | null | undefined }) => next_cursor,
  parameter: 'cursor',
};

export const completedTasks = stream({
  ...byWindows,
  name: 'completed_tasks',
  description: 'Tasks that are done with. What comes back is not: each time it was ticked off is in `completions`.',
  source: CompletedTask,
  row: CompletedTaskRow,
  key: ['id', 'completed_at'],
  indexes: ['completed_at'],
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
  extract: (context) =>
    readWindows(context, (window) =>
      cursorToken(context.http, '/tasks/completed/by_completion_date', { ...window, limit: A_PAGE }, envelope),
    ),
  toRow: (task) => ({
    ...taskRow(task),
    completed_at: task.completed_at,
    completed_by: task.completed_by_uid ?? null,
  }),
});
