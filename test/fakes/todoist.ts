/** Todoist's API v1 on loopback, for one account: https://developer.todoist.com/api/v1/ */
import type { Disturbance, ServiceFake } from '../contracts/service.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';
import { activitiesPage } from './todoist-activities.ts';
import { completedPage, type Fields, type Series } from './todoist-completed.ts';
import { badRequest, type Refusal, refusal, TOO_MANY } from './todoist-errors.ts';
import { TodoistSync } from './todoist-sync.ts';

export interface TodoistContents {
  readonly tasks?: readonly Fields[];
  readonly projects?: readonly Fields[];
  readonly sections?: readonly Fields[];
  readonly labels?: readonly Fields[];
  /** On tasks with `item_id`, on projects with `project_id`. */
  readonly comments?: readonly Fields[];
  /** A full sync lacks its collections. */
  readonly isCut?: boolean;
  /** Each time a task was ticked off, newest first. A lazy series is not cut by dates. */
  readonly completed?: Series<Fields>;
  /** The activity log is refused to whoever asks for what happened before this instant. */
  readonly logSince?: string;
  /** The largest page that is answered, whatever is asked for; 2 if not given. */
  readonly pageSize?: number;
}

export interface TodoistFake extends ServiceFake<TodoistContents> {
  /** Every request that came, in order. */
  readonly seen: readonly SeenRequest[];
  /** No sync token handed out so far is known any more: each is answered with a full sync. */
  forgetSyncs(): void;
  /** What a refused token is answered with; 403 if nothing else is said. */
  refuseWith(refusal: Refusal): void;
}

export async function startTodoist(): Promise<TodoistFake> {
  const server = await startFakeHttp();
  const tokens = ['todoist-token-1-0f4c/9+a'];
  const sync = new TodoistSync();
  const seen: SeenRequest[] = [];
  let contents: TodoistContents = {};
  let invalidToken: Refusal = { status: 403, tag: 'AUTH_INVALID_TOKEN', retryAfter: 4 };
  let due: (Disturbance & { readonly from: number }) | undefined;

  const disturbance = (): Reply | undefined => {
    if (due === undefined) return undefined;
    const { from, after, times = 1, status, headers = {}, body } = due;
    const number = seen.length - from;
    if (number <= after || number > after + times) return undefined;
    return { ...(body === undefined ? ownRefusal(status) : { status, body }), headers };
  };
  const answer = (request: SeenRequest): Reply | undefined => {
    const { method, path, query, headers } = request;
    if (/^\/(rest\/v2|sync\/v9|api\/v[08])\//.test(path)) return GONE;
    if (headers['authorization'] !== `Bearer ${tokens.at(-1)}`) return refusal(invalidToken);
    if (path === '/api/v1/sync')
      return method === 'POST' ? sync.answer(request) : { status: 405, body: 'Method Not Allowed' };
    if (method !== 'GET') return undefined;
    if (path === '/api/v1/user') return { json: { id: '1', full_name: 'User One' } };
    if (path === '/api/v1/tasks/completed/by_completion_date') return completedPage(query, contents);
    if (path === '/api/v1/activities') return activitiesPage(query, contents);
    if (path === '/api/v1/comments' && query['task_id'] === undefined && query['project_id'] === undefined)
      return badRequest('task_id or project_id');
    return undefined;
  };
  server.serve((request) => {
    seen.push(request);
    return disturbance() ?? answer(request);
  });

  return {
    baseUrl: `${server.url}/api/v1`,
    get credentials() {
      return { TODOIST_API_TOKEN: tokens.at(-1) ?? '' };
    },
    get requests() {
      return seen.length;
    },
    get secrets() {
      return tokens;
    },
    seen,
    publish(published) {
      contents = published;
      const { tasks = [], projects = [], sections = [], labels = [], comments = [], isCut = false } = published;
      const collections = {
        items: tasks,
        projects,
        sections,
        labels,
        notes: comments.filter((comment) => comment['item_id'] !== undefined),
        project_notes: comments.filter((comment) => comment['item_id'] === undefined),
      };
      sync.publish(collections, isCut);
    },
    disturb: (disturbance) => {
      due = { ...disturbance, from: seen.length };
    },
    // A personal token does not expire.
    expireTokens: () => undefined,
    revokeTokens: () => void tokens.push(`todoist-token-${tokens.length + 1}-0f4c/9+a`),
    forgetSyncs: () => sync.forget(),
    refuseWith: (refusal) => {
      invalidToken = refusal;
    },
    async close() {
      await server.close();
      server.verify();
    },
  };
}

const GONE: Reply = { status: 410, body: 'This endpoint is deprecated.' };

/** A wait stands in the body, not in a header. */
const ownRefusal = (status: number): Reply =>
  status === 429 ? refusal(TOO_MANY) : refusal({ status, tag: 'INTERNAL', retryAfter: undefined });
