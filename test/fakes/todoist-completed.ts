/** `GET /tasks/completed/by_completion_date`: https://developer.todoist.com/api/v1/#tag/Tasks */
import type { Reply } from './http-server.ts';
import { badRequest } from './todoist-errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Records as they are asked for; an array is one. */
export interface Series<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

export const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  since: RFC3339,
  until: RFC3339,
  cursor: /^page-\d+$/,
  limit: /^([1-9]\d?|1\d\d|200)$/,
  project_id: /./,
  section_id: /./,
  workspace_id: /./,
};

export interface Contents {
  readonly completed?: Series<Fields>;
  readonly pageSize?: number;
  readonly logSince?: string;
}

export function completedPage(
  query: Readonly<Record<string, string>>,
  { completed = [], pageSize = 2 }: Contents,
): Reply {
  const wrong = Object.entries(query).find(([name, value]) => !PARAMETERS[name]?.test(value));
  const { since, until, cursor = 'page-0', limit = '50' } = query;
  if (wrong !== undefined) return badRequest(wrong[0]);
  if (since === undefined || until === undefined) return badRequest(since === undefined ? 'since' : 'until');
  if (until < since || until > monthsAfter(since, 3)) return badRequest('until');
  const isListed = between(since, until);
  const found = Array.isArray(completed)
    ? completed.filter((task: Fields) => !comesBack(task) && isListed(task))
    : completed;
  const from = Number(cursor.slice('page-'.length));
  const to = Math.min(from + Math.min(Number(limit), pageSize), found.length);
  const items = Array.from({ length: Math.max(0, to - from) }, (_, index) => found.at(from + index));
  // At the end the cursor is null or, when there was nothing at all, missing.
  if (found.length === 0) return { json: { items } };
  return { json: { items, next_cursor: to < found.length ? `page-${to}` : null } };
}

const between = (since: string, until: string) => (task: Fields) => {
  const at = Date.parse(String(task['completed_at']));
  return at >= Date.parse(since) && at <= Date.parse(until);
};

/** A recurring task is not done with when it is ticked off: the log alone tells that it was. */
const comesBack = ({ due }: Fields): boolean => (due as Fields | null | undefined)?.['is_recurring'] === true;

function monthsAfter(instant: string, months: number): string {
  const date = new Date(instant);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString();
}
