/** `GET /activities`, of which only completions are made: https://developer.todoist.com/api/v1/#tag/Activity */
import { stringifyExact } from '@tidemill/kit';
import type { Reply } from './http-server.ts';
import { type Contents, type Fields, RFC3339 } from './todoist-completed.ts';
import { badRequest } from './todoist-errors.ts';

const PARAMETERS: Readonly<Record<string, RegExp>> = {
  object_event_types: /^\["item:completed"\]$/,
  date_from: RFC3339,
  date_to: RFC3339,
  cursor: /^log-\d+$/,
  limit: /^([1-9]\d?|100)$/,
};

/** Newest first. `date_from` is in it, `date_to` is not. */
export function activitiesPage(
  query: Readonly<Record<string, string>>,
  { completed = [], pageSize = 2, logSince = '' }: Contents,
): Reply {
  const wrong = Object.entries(query).find(([name, value]) => !PARAMETERS[name]?.test(value));
  if (wrong !== undefined) return badRequest(wrong[0]);
  const { date_from: since = '', date_to: until = '9', cursor = 'log-0', limit = '30' } = query;
  if (since < logSince) return PREMIUM_ONLY;
  const isWithin = ({ completed_at: at }: Fields): boolean => String(at) >= since && String(at) < until;
  const found = Array.isArray(completed) ? completed.filter(isWithin) : completed;
  const from = Number(cursor.slice('log-'.length));
  const to = Math.min(from + Math.min(Number(limit), pageSize), found.length);
  const results = Array.from({ length: Math.max(0, to - from) }, (_, index) => eventOf(found.at(from + index) ?? {}));
  const next_cursor = to < found.length ? `log-${to}` : null;
  // By hand: an event's id has more digits than a number.
  return { headers: { 'content-type': 'application/json' }, body: stringifyExact({ next_cursor, results }) };
}

const FIRST_ID = 2148846797991822068047640471540859234n;

function eventOf({ due, ...task }: Fields): Fields {
  const at = String(task['completed_at']);
  const { is_recurring = false, date } = (due ?? {}) as Fields;
  return {
    id: FIRST_ID + BigInt(Date.parse(at)),
    object_type: 'item',
    object_id: task['id'],
    event_type: 'completed',
    event_date: at,
    parent_project_id: task['project_id'],
    parent_item_id: task['parent_id'],
    initiator_id: task['completed_by_uid'],
    extra_data_id: null,
    source: 'clickhouse',
    extra_data: {
      content: task['content'],
      client: 'Todoist/1',
      note_count: 0,
      priority: task['priority'],
      is_recurring,
      ...(is_recurring === true && date !== undefined
        ? { completed_due_date_local: `${date}T23:59:59`, has_time: false, was_overdue: false }
        : {}),
    },
  };
}

const PREMIUM_ONLY: Reply = {
  status: 403,
  json: {
    error: 'Premium only feature',
    error_code: 32,
    error_extra: { event_id: 'event-1', retry_after: 3 },
    error_tag: 'PREMIUM_ONLY',
    http_code: 403,
  },
};
