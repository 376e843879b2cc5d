import { stream } from '@tidemill/kit';
import { z } from 'zod';
import { CommentRow, LabelRow, ProjectRow, SectionRow, TaskRow } from './rows.ts';
import { Comment, Gone, Label, Project, Section, Task } from './schema.ts';
import { bySync, isGone, syncAll } from './sync.ts';
import { taskRow } from './task-row.ts';

/** No union: its error would not say which field of a record that is there does not fit. */
const told = <S extends z.ZodType>(kept: S) =>
  z.unknown().transform((record, { issues }): z.output<S> | Gone => {
    const gone = Gone.safeParse(record);
    if (gone.success) return gone.data;
    const parsed = kept.safeParse(record);
    if (parsed.success) return parsed.data;
    issues.push(...(parsed.error.issues as z.core.$ZodRawIssue[]));
    return z.NEVER;
  });

/** Of records that are there and of those that are gone: the ones make a row, the others delete it. */
function keptOrGone<S extends z.ZodType<{ readonly id: string }>, Row>(kept: S, toRow: (record: z.output<S>) => Row) {
  type Told = z.output<S> | Gone;
  return {
    source: told(kept),
    toRow: (record: Told) => (isGone(record) ? [] : toRow(record as z.output<S>)),
    deletes: (record: Told) => (isGone(record) ? { id: record.id } : undefined),
  };
}

export const tasks = stream({
  ...bySync,
  name: 'tasks',
  description: 'Open tasks.',
  row: TaskRow,
  key: ['id'],
  indexes: ['project_id', 'due_date'],
  examples: [
    {
      question: 'What is due next?',
      sql: `SELECT due_date, priority, content
FROM todoist.tasks
WHERE due_date IS NOT NULL
ORDER BY due_date, priority DESC, content
LIMIT 10`,
    },
  ],
  extract: (context) => syncAll(context, { load: ['items'], holders: ['projects', 'sections'] }),
  ...keptOrGone(Task, taskRow),
});

export const projects = stream({
  ...bySync,
  name: 'projects',
  description: 'Projects that are not archived.',
  row: ProjectRow,
  key: ['id'],
  extract: (context) => syncAll(context, { load: ['projects'] }),
  ...keptOrGone(Project, (project) => ({
    id: project.id,
    name: project.name,
    description: project.description ?? null,
    parent_id: project.parent_id ?? null,
    workspace_id: project.workspace_id ?? null,
    folder_id: project.folder_id ?? null,
    color: project.color ?? null,
    position: project.child_order ?? null,
    view_style: project.view_style ?? null,
    is_inbox: project.inbox_project ?? false,
    is_favorite: project.is_favorite ?? false,
    is_shared: project.is_shared ?? false,
    created_at: project.created_at ?? null,
    updated_at: project.updated_at ?? null,
  })),
});

export const sections = stream({
  ...bySync,
  name: 'sections',
  description: 'Sections of projects that are not archived.',
  row: SectionRow,
  key: ['id'],
  extract: (context) => syncAll(context, { load: ['sections'], holders: ['projects'] }),
  ...keptOrGone(Section, (section) => ({
    id: section.id,
    project_id: section.project_id,
    name: section.name,
    description: section.description ?? null,
    position: section.section_order ?? null,
    added_at: section.added_at ?? null,
    updated_at: section.updated_at ?? null,
  })),
});

export const labels = stream({
  ...bySync,
  name: 'labels',
  description: 'Personal labels.',
  row: LabelRow,
  key: ['id'],
  extract: (context) => syncAll(context, { load: ['labels'] }),
  ...keptOrGone(Label, ({ id, name, color, order, item_order, is_favorite }) => ({
    id,
    name,
    color: color ?? null,
    position: order ?? item_order ?? null,
    is_favorite: is_favorite ?? false,
  })),
});

export const comments = stream({
  ...bySync,
  name: 'comments',
  description: 'Comments on open tasks and on projects.',
  row: CommentRow,
  key: ['id'],
  indexes: ['task_id'],
  extract: (context) => syncAll(context, { load: ['notes', 'project_notes'], holders: ['items', 'projects'] }),
  ...keptOrGone(Comment, (comment) => ({
    id: comment.id,
    task_id: comment.item_id ?? null,
    project_id: comment.project_id ?? null,
    content: comment.content,
    posted_by: comment.posted_uid ?? null,
    posted_at: comment.posted_at,
    attachment: comment.file_attachment ?? null,
  })),
});
