import { dayIn } from '@tidemill/kit';
import type { z } from 'zod';
import type { TaskRow } from './rows.ts';
import type { Task } from './schema.ts';

/** The columns that open and completed tasks share. */
export function taskRow(task: z.output<typeof Task>): z.input<typeof TaskRow> {
  return {
    id: task.id,
    content: task.content,
    description: task.description ?? null,
    project_id: task.project_id,
    section_id: task.section_id ?? null,
    parent_id: task.parent_id ?? null,
    labels: task.labels ?? null,
    priority: task.priority,
    ...dueColumns(task.due),
    deadline: task.deadline?.date ?? null,
    duration: task.duration?.amount ?? null,
    duration_unit: task.duration?.unit ?? null,
    position: task.child_order ?? null,
    comments: task.note_count ?? null,
    added_by: task.added_by_uid ?? null,
    assigned_by: task.assigned_by_uid ?? null,
    responsible: task.responsible_uid ?? null,
    added_at: task.added_at ?? null,
    updated_at: task.updated_at ?? null,
  };
}

/** A day, a time of day wherever one is, or an instant: https://developer.todoist.com/api/v1/#tag/Due-dates */
function dueColumns(due: z.output<typeof Task>['due']) {
  return {
    ...dueWhen(due?.date, due?.timezone),
    due_timezone: due?.timezone ?? null,
    due_text: due?.string ?? null,
    is_recurring: due?.is_recurring ?? false,
  };
}

const FIXED = /T.*(Z|[+-]\d{2}:\d{2})$/;

/** A fixed time is written in UTC, where another day may have begun than where it is due. */
function dueWhen(written: string | undefined, zone: string | null | undefined) {
  if (written === undefined) return { due_date: null, due_at: null, due_time: null };
  if (FIXED.test(written)) return { due_date: dayIn(zone ?? 'UTC', written) ?? null, due_at: written, due_time: null };
  return { ...floating(written), due_at: null };
}

/** A day, and a time of day if there is one: `18:30:00`, of which others make `18:30` or `18:30:00.000000`. */
export function floating(written: string | null | undefined) {
  const [day = null, time] = written?.split('T') ?? [];
  const due_time = time === undefined ? null : `${time}:00`.slice(0, '18:30:00'.length);
  return { due_date: day, due_time };
}
