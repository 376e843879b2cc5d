import { serviceContract } from '../../test/contracts/service.ts';
import { startTodoist, type TodoistContents } from '../../test/fakes/todoist.ts';
import type { Fields } from '../../test/fakes/todoist-completed.ts';

type Kind = 'tasks' | 'projects' | 'sections' | 'labels' | 'comments';

const EVERLASTING = 'An API token does not expire; it is good until it is replaced.';
const REOPENED = 'Todoist does not tell that a task was opened again: its completion stays.';
const AS_IT_WAS = 'What the activity log says of a completion stays as it was then';

const without =
  (field: string) =>
  (record: Fields): Fields =>
    Object.fromEntries(Object.entries(record).filter(([name]) => name !== field));

/** A collection of `/sync`. `edited` names a field with another value, `optional` one that may be missing, `retyped` one of another type. */
function collection(
  kind: Kind,
  make: (number: number) => Fields,
  { edited, optional, retyped }: Readonly<Record<'edited' | 'optional' | 'retyped', string>>,
) {
  const contents = (...records: Fields[]): TodoistContents => ({ [kind]: records });
  const [one, two, three, four] = [make(1), make(2), make(3), make(4)];
  return {
    first: { contents: contents(one, two, three), rows: 3 },
    news: { contents: contents(one, two, three, four), rows: 4 },
    late: { contents: contents(one, four, two, three), rows: 4 },
    edited: { contents: contents(one, { ...two, [edited]: 'changed' }, three), rows: 3 },
    deleted: { contents: contents(one, three), rows: 2 },
    cut: { ...contents(one, two, three), isCut: true },
    empty: { contents: {}, rows: 0 },
    without: { contents: contents(one, two, three, without(optional)(four)), rows: 4 },
    retyped: { contents: contents(one, two, three, { ...four, [retyped]: { of: 'another type' } }), rows: 3 },
    paged: 'one request',
    cannot: { 'expired-token': EVERLASTING },
  } as const;
}

const task = (number: number, fields: Fields = {}): Fields => ({
  id: `task-${number}`,
  user_id: 'user-1',
  content: `Task ${number}`,
  description: '',
  project_id: 'project-1',
  section_id: null,
  parent_id: null,
  added_by_uid: 'user-1',
  assigned_by_uid: null,
  responsible_uid: null,
  labels: ['label 1'],
  deadline: null,
  duration: null,
  checked: false,
  is_deleted: false,
  added_at: `2026-11-0${number}T05:07:53.040327Z`,
  updated_at: `2026-11-0${number}T05:07:53.040349Z`,
  completed_at: null,
  due: { date: '2026-12-01', timezone: null, string: 'every month', lang: 'en', is_recurring: true },
  priority: 1,
  child_order: number,
  note_count: 0,
  ...fields,
});

const project = (number: number): Fields => ({
  id: `project-${number}`,
  name: `Project ${number}`,
  color: 'charcoal',
  parent_id: null,
  child_order: number,
  is_archived: false,
  is_deleted: false,
  is_favorite: true,
  is_shared: false,
  created_at: '2026-11-01T05:07:53.040327Z',
  updated_at: '2026-11-01T05:07:53.040349Z',
  // The other half belongs to a workspace.
  ...(number % 2 === 0 ? { inbox_project: number === 2 } : { workspace_id: 'workspace-1', folder_id: null }),
});

const section = (number: number): Fields => ({
  id: `section-${number}`,
  project_id: 'project-1',
  name: `Section ${number}`,
  description: null,
  section_order: number,
  is_archived: false,
  is_deleted: false,
  added_at: '2026-11-01T05:07:53.040327Z',
  updated_at: '2026-11-01T05:07:53.040349Z',
  archived_at: null,
});

const label = (number: number): Fields => ({
  id: `label-${number}`,
  name: `label ${number}`,
  color: 'charcoal',
  order: number,
  is_favorite: false,
});

const comment = (number: number): Fields => ({
  id: `comment-${number}`,
  posted_uid: 'user-1',
  content: `Comment ${number}`,
  file_attachment: null,
  is_deleted: false,
  posted_at: '2026-11-01T05:07:53.040327Z',
  ...(number === 2 ? { project_id: 'project-1' } : { item_id: 'task-1' }),
});

const once = { date: '2026-12-01', timezone: null, string: '1 Dec', lang: 'en', is_recurring: false };

/** Of a task that is done with, some minutes before the first run. */
const completion = (minutes: number, fields: Fields = {}): Fields => {
  const at = new Date(Date.parse('2026-11-21T05:59:00Z') - minutes * 60_000).toISOString();
  return task(1, { checked: true, completed_at: at, completed_by_uid: 'user-1', due: once, ...fields });
};

/** Of one that comes back. */
const again = (minutes: number, fields: Fields = {}): Fields =>
  completion(minutes, { checked: false, due: { ...once, is_recurring: true }, ...fields });

const days = (number: number): number => number * 24 * 60;
const done = [completion(0), completion(days(1)), completion(days(2)), completion(days(30))];
const completed = (...records: Fields[]): TodoistContents => ({ completed: records });

/** A window of twelve weeks at a time; a week of the last one is read again. */
const SINCE_2007 = { options: { since: '2007-01-01' }, overlap: 1 };

const completedTasks = {
  options: { since: '2026-10-01' },
  first: { contents: completed(...done), rows: 4 },
  news: { contents: completed(completion(-30), ...done), rows: 5 },
  late: { contents: completed(completion(0), completion(days(1)), completion(days(1.5)), ...done.slice(2)), rows: 5 },
  edited: { contents: completed(completion(0, { content: 'changed' }), ...done.slice(1)), rows: 4 },
  empty: { contents: {}, rows: 0 },
  without: { contents: completed(without('due')(completion(5)), ...done), rows: 5 },
  retyped: { contents: completed({ ...completion(5), priority: 'urgent' }, ...done), rows: 4 },
  paged: { contents: completed(...Array.from({ length: 88 }, (_, age) => completion(days(age * 80)))), ...SINCE_2007 },
  many: (records: number) => ({
    contents: { completed: { length: records, at: (index: number) => completion(index / 2) }, pageSize: 200 },
    rows: records,
  }),
  cannot: { deleted: REOPENED, 'expired-token': EVERLASTING },
};

const ticked = [again(0), completion(10, { id: 'task-2' }), again(days(1)), again(days(30))];

const completions = {
  options: { since: '2026-10-01' },
  first: { contents: completed(...ticked), rows: 4 },
  news: { contents: completed(again(-30), ...ticked), rows: 5 },
  late: { contents: completed(again(0), again(days(1.5)), ...ticked.slice(1)), rows: 5 },
  empty: { contents: {}, rows: 0 },
  without: { contents: completed(without('due')(again(5)), ...ticked), rows: 5 },
  retyped: { contents: completed({ ...again(5), priority: 'urgent' }, ...ticked), rows: 4 },
  paged: { contents: completed(...Array.from({ length: 88 }, (_, age) => again(days(age * 80)))), ...SINCE_2007 },
  cannot: { edited: AS_IT_WAS, deleted: REOPENED, 'expired-token': EVERLASTING },
};

await serviceContract('todoist', {
  module: new URL('./index.ts', import.meta.url),
  open: startTodoist,
  streams: {
    tasks: collection('tasks', task, { edited: 'content', optional: 'due', retyped: 'priority' }),
    projects: collection('projects', project, { edited: 'name', optional: 'color', retyped: 'name' }),
    sections: collection('sections', section, { edited: 'name', optional: 'archived_at', retyped: 'project_id' }),
    labels: collection('labels', label, { edited: 'name', optional: 'order', retyped: 'name' }),
    comments: collection('comments', comment, { edited: 'content', optional: 'file_attachment', retyped: 'posted_at' }),
    completed_tasks: completedTasks,
    completions,
  },
});
