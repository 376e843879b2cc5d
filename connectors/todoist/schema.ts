/** What Todoist's API v1 answers (https://developer.todoist.com/api/v1/), only the fields that are used. */
import { z } from 'zod';

const Id = z.string().min(1);
const Text = z.string().nullish();
const Flag = z.boolean().nullish();
const Count = z.int().nullish();
const Instant = z.string().nullish();

/** Deleted, archived or done: nothing else may be said of it. */
export const Gone = z.union([
  z.object({ id: Id, is_deleted: z.literal(true) }),
  z.object({ id: Id, is_archived: z.literal(true) }),
  z.object({ id: Id, checked: z.literal(true) }),
]);
export type Gone = z.output<typeof Gone>;

export const Task = z.object({
  id: Id,
  content: z.string(),
  description: Text,
  project_id: Id,
  section_id: Text,
  parent_id: Text,
  labels: z.array(z.string()).nullish(),
  /** 1 is normal and 4 urgent: the app calls that p4 and p1. */
  priority: z.int(),
  due: z
    .object({
      /** `2026-09-01`, floating `2026-09-01T12:00:00`, or fixed with a `Z` or an offset, and `timezone`. */
      date: z.string().regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/),
      timezone: Text,
      string: Text,
      is_recurring: Flag,
    })
    .nullish(),
  deadline: z.object({ date: z.string() }).nullish(),
  duration: z.object({ amount: z.int(), unit: z.string() }).nullish(),
  child_order: Count,
  note_count: Count,
  added_by_uid: Text,
  assigned_by_uid: Text,
  responsible_uid: Text,
  checked: Flag,
  is_deleted: Flag,
  added_at: Instant,
  updated_at: Instant,
});

export const CompletedTask = Task.extend({ completed_at: z.string(), completed_by_uid: Text });

/** An event of the activity log, whose tasks are called items. `extra_data` is what the task was like then. */
export const Completion = z.object({
  object_type: z.string(),
  object_id: Id,
  event_type: z.string(),
  event_date: z.string(),
  parent_project_id: Text,
  parent_item_id: Text,
  initiator_id: Text,
  extra_data: z
    .object({
      content: Text,
      labels: z.array(z.string()).nullish(),
      priority: Count,
      is_recurring: Flag,
      /** The time of day is the day's last second where none is set. */
      completed_due_date_local: Text,
      has_time: Flag,
      was_overdue: Flag,
    })
    .nullish(),
});

export const Project = z.object({
  id: Id,
  name: z.string(),
  description: Text,
  parent_id: Text,
  color: Text,
  child_order: Count,
  view_style: Text,
  is_archived: Flag,
  is_deleted: Flag,
  is_favorite: Flag,
  is_shared: Flag,
  /** Only in personal projects. */
  inbox_project: Flag,
  /** Only in those of a workspace. */
  workspace_id: Text,
  folder_id: Text,
  created_at: Instant,
  updated_at: Instant,
});

export const Section = z.object({
  id: Id,
  project_id: Id,
  name: z.string(),
  description: Text,
  section_order: Count,
  is_archived: Flag,
  is_deleted: Flag,
  added_at: Instant,
  updated_at: Instant,
});

export const Label = z.object({
  id: Id,
  name: z.string(),
  color: Text,
  order: Count,
  /** What `order` is called by the sync endpoint's older answers. */
  item_order: Count,
  is_favorite: Flag,
  is_deleted: Flag,
});

export const Comment = z.object({
  id: Id,
  content: z.string().nullable(),
  posted_uid: Text,
  posted_at: z.string(),
  /** Of comments on tasks. */
  item_id: Text,
  /** Of comments on projects. */
  project_id: Text,
  file_attachment: z.unknown().optional(),
  is_deleted: Flag,
});
