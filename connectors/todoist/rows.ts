/** The silver rows. */
import { boolean, date, integer, jsonb, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

const person = (what: string) => text().nullable().describe(`Identifier of who ${what}.`);

export const TaskRow = z.object({
  id: text().describe('Identifier, as in https://app.todoist.com/app/task/<id>.'),
  content: text().describe('What is to do, Markdown.'),
  description: text().nullable().describe('More about it, Markdown.'),
  project_id: text().describe('Identifier of its project.'),
  section_id: text().nullable().describe('Identifier of its section.'),
  parent_id: text().nullable().describe('Identifier of the task it is a part of.'),
  labels: jsonb().nullable().describe('Array of names of labels.'),
  priority: integer().describe('1 (normal) to 4 (urgent): the app counts the other way round, p4 to p1.'),
  due_date: date()
    .nullable()
    .describe('Day it is due, of a fixed time that in its own zone; null where nobody knows that zone.'),
  due_at: timestamptz().nullable().describe('Instant it is due, where the time is fixed to a zone.'),
  due_time: text().nullable().describe('Time of day it is due wherever the person is: `12:00:00`.'),
  due_timezone: text().nullable().describe('Zone of a fixed time.'),
  due_text: text().nullable().describe('What the person typed: `every monday`.'),
  is_recurring: boolean().describe('Whether it comes back after it is done.'),
  deadline: date().nullable().describe('Day it must be done by.'),
  duration: integer().nullable().describe('How long it takes.'),
  duration_unit: text().nullable().describe('`minute` or `day`.'),
  position: integer().nullable().describe('Place among the tasks beside it.'),
  comments: integer().nullable().describe('How many comments it has.'),
  added_by: person('added it'),
  assigned_by: person('assigned it'),
  responsible: person('has to do it'),
  added_at: timestamptz().nullable().describe('When it was added.'),
  updated_at: timestamptz().nullable().describe('When it was last changed.'),
});

export const CompletedTaskRow = TaskRow.extend({
  completed_at: timestamptz().describe('When it was completed.'),
  completed_by: person('completed it'),
});

export const CompletionRow = z.object({
  task_id: text().describe('Identifier of the task: `todoist.tasks`, `todoist.completed_tasks`.'),
  completed_at: timestamptz().describe('When it was ticked off.'),
  content: text().nullable().describe('What was to do, as it was worded then.'),
  project_id: text().nullable().describe('Identifier of its project.'),
  parent_id: text().nullable().describe('Identifier of the task it is a part of.'),
  labels: jsonb().nullable().describe('Array of names of labels; null where the log does not say.'),
  priority: integer().nullable().describe('1 (normal) to 4 (urgent), as in `tasks`.'),
  is_recurring: boolean().nullable().describe('Whether it came back; null where the log does not say.'),
  due_date: date().nullable().describe('Day this time of it was due, where the person was; of recurring tasks.'),
  due_time: text().nullable().describe('Time of day this time of it was due there: `12:00:00`.'),
  was_overdue: boolean().nullable().describe('Whether it was late.'),
  completed_by: person('ticked it off; in shared projects that may be another person'),
});

export const ProjectRow = z.object({
  id: text().describe('Identifier, as in https://app.todoist.com/app/project/<id>.'),
  name: text().describe('Name.'),
  description: text().nullable().describe('More about it.'),
  parent_id: text().nullable().describe('Identifier of the project above it.'),
  workspace_id: text().nullable().describe('Identifier of its workspace; null for a personal project.'),
  folder_id: text().nullable().describe('Identifier of its folder in the workspace.'),
  color: text().nullable().describe('Name of its colour.'),
  position: integer().nullable().describe('Place among the projects beside it.'),
  view_style: text().nullable().describe('`list`, `board` or `calendar`.'),
  is_inbox: boolean().describe('Whether it is the inbox.'),
  is_favorite: boolean().describe('Whether it is a favourite.'),
  is_shared: boolean().describe('Whether others see it.'),
  created_at: timestamptz().nullable().describe('When it was made.'),
  updated_at: timestamptz().nullable().describe('When it was last changed.'),
});

export const SectionRow = z.object({
  id: text().describe('Identifier.'),
  project_id: text().describe('Identifier of its project.'),
  name: text().describe('Name.'),
  description: text().nullable().describe('More about it.'),
  position: integer().nullable().describe('Place in its project.'),
  added_at: timestamptz().nullable().describe('When it was added.'),
  updated_at: timestamptz().nullable().describe('When it was last changed.'),
});

export const LabelRow = z.object({
  id: text().describe('Identifier.'),
  name: text().describe('Name, as tasks have it in `labels`.'),
  color: text().nullable().describe('Name of its colour.'),
  position: integer().nullable().describe('Place among the labels.'),
  is_favorite: boolean().describe('Whether it is a favourite.'),
});

export const CommentRow = z.object({
  id: text().describe('Identifier.'),
  task_id: text().nullable().describe('Identifier of the task it is about.'),
  project_id: text().nullable().describe('Identifier of the project it is about.'),
  content: text().nullable().describe('The comment, Markdown.'),
  posted_by: person('wrote it'),
  posted_at: timestamptz().describe('When it was written.'),
  attachment: jsonb().nullable().describe('File or link attached to it, as Todoist gives it.'),
});
