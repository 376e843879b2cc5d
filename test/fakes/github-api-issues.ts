/** Issues, their comments, and labels: https://docs.github.com/en/rest/issues */
import { type Call, paged, REPOSITORY, refusal } from './github-api-answers.ts';
import type { FakeIssue } from './github-api-world.ts';
import type { Reply } from './http-server.ts';

const MOST_BODY = 65_536;

export function listIssues(call: Call): Reply {
  const { labels = '', state = 'open' } = call.query;
  const wanted = labels.split(',').filter((name) => name !== '');
  const found = call.world.issues
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => wanted.every((name) => issue.labels.includes(name)))
    .toReversed();
  const { items, headers } = paged(call, found);
  return { json: items.map(shown), headers };
}

export function createIssue({ world, body: { title, body, labels = [] } }: Call): Reply {
  const names = labels as string[];
  if (!isTitle(title) || !isBody(body) || names.some((name) => !world.labels.has(name))) return INVALID;
  const issue: FakeIssue = {
    number: world.issues.length + 1,
    title,
    body,
    labels: names,
    state: 'open',
    state_reason: null,
    comments: [],
  };
  world.issues.push(issue);
  return { status: 201, json: shown(issue) };
}

export function updateIssue({ world, parts: [number], body: change }: Call): Reply {
  const issue = world.issues[Number(number) - 1];
  if (issue === undefined) return refusal(404, 'Not Found');
  const { title = issue.title, body = issue.body, state = issue.state, state_reason = null } = change;
  const isReason = ['completed', 'not_planned', null].includes(state_reason as string | null);
  if (!isTitle(title) || !isBody(body) || !isReason || (state_reason !== null && state !== 'closed')) return INVALID;
  if (state !== 'open' && state !== 'closed') return INVALID;
  Object.assign(issue, { title, body, state, state_reason });
  return { json: shown(issue) };
}

export function makeComment({ world, parts: [number], body: { body } }: Call): Reply {
  const issue = world.issues[Number(number) - 1];
  if (issue === undefined) return refusal(404, 'Not Found');
  if (!isBody(body)) return INVALID;
  issue.comments.push(body);
  return { status: 201, json: { id: issue.comments.length, body } };
}

export function makeLabel({ world, body: { name, color, description } }: Call): Reply {
  const isFine = /^[0-9a-f]{6}$/.test(String(color)) && String(description).length <= 100;
  if (!isFine || world.labels.has(String(name))) return INVALID;
  world.labels.add(String(name));
  return { status: 201, json: { name, color, description } };
}

const INVALID = refusal(422, 'Validation Failed');

const isTitle = (title: unknown): title is string =>
  typeof title === 'string' && title.trim() !== '' && title.length <= 256;

const isBody = (body: unknown): body is string => typeof body === 'string' && body !== '' && body.length <= MOST_BODY;

const shown = ({ number, title, body, labels, state, state_reason, comments, isPullRequest }: FakeIssue) => ({
  number,
  title,
  body,
  state,
  state_reason,
  labels: labels.map((name) => ({ name })),
  comments: comments.length,
  html_url: `https://github.com/${REPOSITORY}/issues/${number}`,
  ...(isPullRequest ? { pull_request: { url: 'https://api.github.com/' } } : {}),
});
