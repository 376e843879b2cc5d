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
  const [day = null, time = null] = due?.date.split('T') ?? [];
  const isFixed = time?.endsWith('Z') ?? false;
  return {
    due_date: day,
    due_at: isFixed ? (due?.date ?? null) : null,
    due_time: isFixed ? null : time,
    due_timezone: due?.timezone ?? null,
    due_text: due?.string ?? null,
    is_recurring: due?.is_recurring ?? false,
  };
}
