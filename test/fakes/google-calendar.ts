/** Google Calendar v3, lists of calendars and events: https://developers.google.com/workspace/calendar/api/v3/reference */
import { type GoogleApi, type GoogleFake, startGoogle } from './google.ts';
import { SCOPES } from './google-accounts.ts';
import { badRequest, notFound, syncTokenGone } from './google-errors.ts';
import { type Parameters, wrongParameter } from './google-parameters.ts';
import type { Reply, SeenRequest } from './http-server.ts';

/** Records as they are asked for; an array is one. */
export interface Series<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

export interface FakeEvent {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface CalendarContents {
  readonly calendars: readonly { readonly id: string; readonly [field: string]: unknown }[];
  /**
   * By calendar. Those with `recurrence` are series, those with `recurringEventId` their occurrences; one that is cancelled,
   * or does not begin when its series has it begin, is an exception.
   */
  readonly events: Readonly<Record<string, Series<FakeEvent>>>;
  /** The largest page Google answers, whatever is asked for: it may always be smaller. 2 if not given. */
  readonly pageSize?: number;
  /** Lists end after their first page, without a token of either kind. */
  readonly isCut?: boolean;
}

/** Tokens for the next page are good for one walk, those for the next sync until `forgetSyncs`. */
export interface CalendarFake extends GoogleFake<CalendarContents> {
  /** No sync token handed out so far is good any more: 410. */
  forgetSyncs(): void;
}

export const calendarApi = (): GoogleApi<CalendarContents> => new CalendarApi();

export async function startGoogleCalendar(): Promise<CalendarFake> {
  const api = new CalendarApi();
  const fake = await startGoogle<CalendarContents>('calendar', api);
  return Object.defineProperties(
    { forgetSyncs: () => api.forgetSyncs() },
    Object.getOwnPropertyDescriptors(fake),
  ) as CalendarFake;
}

const COMMON = { maxResults: /^[1-9]\d*$/, pageToken: /./, syncToken: /./ };
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const BOOLEAN = /^(true|false)$/;

const EVENTS: Parameters = {
  ...COMMON,
  singleEvents: BOOLEAN,
  showDeleted: BOOLEAN,
  orderBy: /^(startTime|updated)$/,
  timeMin: RFC3339,
  timeMax: RFC3339,
  updatedMin: RFC3339,
  timeZone: /./,
  q: /./,
  iCalUID: /./,
};
const CALENDARS: Parameters = {
  ...COMMON,
  showDeleted: BOOLEAN,
  showHidden: BOOLEAN,
  minAccessRole: /^(freeBusyReader|reader|writer|owner)$/,
};

/** https://developers.google.com/workspace/calendar/api/v3/reference/events/list, at `syncToken` */
const NOT_WITH_SYNC = ['iCalUID', 'orderBy', 'q', 'timeMin', 'timeMax', 'updatedMin'];

type Query = SeenRequest['query'];

/** What a token for the next page or the next sync stands for. */
interface Walk {
  readonly path: string;
  /** The parameters it was begun with, in one text: they must not change. */
  readonly parameters: string;
  /** Version of the contents it tells the changes since; undefined: everything. */
  readonly since: number | undefined;
  readonly offset: number;
  readonly version: number;
}

class CalendarApi {
  readonly hasErrors = true;
  readonly scopeOf = (path: string) => (path.includes('/calendarList') ? SCOPES.calendarList : SCOPES.events);
  readonly #versions: CalendarContents[] = [{ calendars: [], events: {} }];
  readonly #tokens = new Map<string, Walk>();

  publish(contents: CalendarContents): void {
    this.#versions.push(contents);
  }

  forgetSyncs(): void {
    for (const token of this.#tokens.keys()) if (token.startsWith('sync')) this.#tokens.delete(token);
  }

  answer({ method, path, query }: SeenRequest): Reply | undefined {
    const [, calendar] = /^\/calendar\/v3\/calendars\/([^/]+)\/events$/.exec(path) ?? [];
    if (method !== 'GET') return undefined;
    if (path === '/calendar/v3/users/me/calendarList') {
      return wrongParameter(query, CALENDARS) ?? this.#list(path, query, 'calendar#calendarList');
    }
    if (calendar === undefined) return undefined;
    if (this.#events(decodeURIComponent(calendar), this.#latest) === undefined) return notFound;
    return wrongParameter(query, EVENTS) ?? wrongSync(query) ?? this.#list(path, query, 'calendar#events');
  }

  get #latest(): number {
    return this.#versions.length - 1;
  }

  #list(path: string, query: Query, kind: string): Reply {
    const { pageToken, syncToken, maxResults = '250', ...parameters } = query;
    const wanted = parametersOf(parameters);
    const walk = this.#walk(path, wanted, pageToken, syncToken);
    if (!('offset' in walk)) return walk;
    const { pageSize = 2, isCut = false } = this.#versions[walk.version] ?? {};
    const items = this.#items(walk, parameters);
    const size = Math.min(Number(maxResults), 2500, pageSize);
    const end = walk.offset + size;
    // A page may be empty and yet not the last: https://developers.google.com/workspace/calendar/api/guides/sync
    const isEmptyPage = walk.offset === 0 && pageToken === undefined && items.length > size;
    const page = isEmptyPage ? [] : range(items, walk.offset, end);
    const next = isEmptyPage ? 0 : end;
    const isLast = !isEmptyPage && end >= items.length;
    const tokens = isLast
      ? this.#syncToken(walk, parameters)
      : { nextPageToken: this.#keep('page', { ...walk, offset: next }) };
    return { json: { kind, etag: `"${walk.version}"`, ...(isCut ? {} : tokens), items: page } };
  }

  /** Where this request goes on, or why it cannot. */
  #walk(path: string, parameters: string, pageToken: string | undefined, syncToken: string | undefined): Walk | Reply {
    const page = pageToken === undefined ? undefined : this.#tokens.get(pageToken);
    const sync = syncToken === undefined ? undefined : this.#tokens.get(syncToken);
    if (syncToken !== undefined && sync === undefined) return syncTokenGone;
    if (pageToken !== undefined && page === undefined) return badRequest('Invalid page token value.', 'pageToken');
    const begun = page ?? sync;
    if (begun === undefined) return { path, parameters, since: undefined, offset: 0, version: this.#latest };
    if (begun.path !== path || begun.parameters !== parameters)
      return badRequest('Invalid sync token value.', 'syncToken');
    return page ?? { ...begun, since: begun.version, offset: 0, version: this.#latest };
  }

  #items({ path, since, version }: Walk, query: Query): Series<FakeEvent> {
    const list = (at: number): Series<FakeEvent> => {
      if (path.endsWith('calendarList')) return this.#versions[at]?.calendars ?? [];
      const calendar = decodeURIComponent(path.split('/').at(-2) ?? '');
      return asAsked(this.#events(calendar, at) ?? [], query);
    };
    return since === undefined ? list(version) : changes(list(since), list(version));
  }

  #events(calendar: string, version: number): Series<FakeEvent> | undefined {
    return this.#versions[version]?.events[calendar];
  }

  /** Ordered lists have none. */
  #syncToken(walk: Walk, { orderBy }: Query): { nextSyncToken?: string } {
    return orderBy === undefined ? { nextSyncToken: this.#keep('sync', walk) } : {};
  }

  #keep(kind: 'page' | 'sync', walk: Walk): string {
    const token = `${kind}-${this.#tokens.size + 1}=`;
    this.#tokens.set(token, walk);
    return token;
  }
}

const parametersOf = (query: Query): string => JSON.stringify(Object.entries(query).sort());

function wrongSync(query: Query): Reply | undefined {
  if (query['orderBy'] === 'startTime' && query['singleEvents'] !== 'true') {
    return badRequest('The requested ordering is not available for the particular query.', 'orderBy');
  }
  if (query['syncToken'] === undefined) return undefined;
  const name = NOT_WITH_SYNC.find((forbidden) => query[forbidden] !== undefined);
  if (name !== undefined) return badRequest(`Sync token cannot be used with the parameter ${name}.`, name);
  return query['showDeleted'] === 'false' ? badRequest('Deleted events cannot be left out.', 'showDeleted') : undefined;
}

/** Lazy series are not looked into: they hold plain events. */
function asAsked(events: Series<FakeEvent>, { singleEvents, showDeleted, timeMin, timeMax }: Query): Series<FakeEvent> {
  if (!Array.isArray(events)) return events;
  const isSingle = singleEvents === 'true';
  return (events as readonly FakeEvent[]).filter((event) => {
    const { originalStartTime: original, start = original, end = original } = event;
    if (isSingle ? event['recurrence'] !== undefined : isRegular(event)) return false;
    // Those of a series are told whatever is asked: https://developers.google.com/workspace/calendar/api/v3/reference/events/list
    const isOccurrence = original !== undefined || /_\d{8}(?:T\d{6}Z)?$/u.test(event.id);
    const isTold = showDeleted === 'true' || (!isSingle && isOccurrence);
    if (event['status'] === 'cancelled' && !isTold) return false;
    if (timeMin !== undefined && Date.parse(instantOf(end)) <= Date.parse(timeMin)) return false;
    return timeMax === undefined || Date.parse(instantOf(start)) < Date.parse(timeMax);
  });
}

/** An occurrence as its series has it. */
function isRegular({ recurringEventId, originalStartTime, start, status }: FakeEvent): boolean {
  if (recurringEventId === undefined || status === 'cancelled') return false;
  return Date.parse(instantOf(originalStartTime)) === Date.parse(instantOf(start));
}

function instantOf(time: unknown): string {
  const { date, dateTime } = time as { date?: string; dateTime?: string };
  return dateTime ?? date ?? '';
}

/** What is new or different, and tombstones of what is gone. */
function changes(before: Series<FakeEvent>, after: Series<FakeEvent>): readonly FakeEvent[] {
  const old = new Map(range(before, 0, before.length).map((event) => [event.id, JSON.stringify(event)]));
  const now = range(after, 0, after.length);
  const left = new Set(now.map(({ id }) => id));
  const gone = range(before, 0, before.length).filter(({ id }) => !left.has(id));
  return [...now.filter((event) => old.get(event.id) !== JSON.stringify(event)), ...gone.map(tombstoneOf)];
}

/** All that is left: https://developers.google.com/workspace/calendar/api/v3/reference/events#status */
function tombstoneOf({ id, recurringEventId, originalStartTime }: FakeEvent): FakeEvent {
  const occurrence = recurringEventId === undefined ? {} : { recurringEventId, originalStartTime };
  return { kind: 'calendar#event', etag: '"0"', id, status: 'cancelled', ...occurrence };
}

const range = <T>(series: Series<T>, from: number, to: number): T[] =>
  Array.from({ length: Math.max(0, Math.min(to, series.length) - from) }, (_, index) => series.at(from + index) as T);
