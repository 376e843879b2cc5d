/** The API of Strava for one athlete: https://developers.strava.com/docs/reference/ */
import type { ServiceFake } from '../contracts/service.ts';
import type { Reply, SeenRequest } from './http-server.ts';
import { type ApiRequest, type Series, sliceOf, startOAuthService } from './oauth-service.ts';
import { badRequest, failure, notFound, permissionMissing, tokenError } from './strava-errors.ts';
import { type Limits, StravaMeter } from './strava-meter.ts';

interface FakeActivity {
  readonly id?: unknown;
  readonly start_date?: unknown;
  readonly [field: string]: unknown;
}

export interface StravaContents {
  readonly athlete: { readonly id: number; readonly [field: string]: unknown };
  readonly stats: Readonly<Record<string, unknown>>;
  /** Newest first. */
  readonly activities: Series<FakeActivity>;
  /** By activity, and in it by type; an activity without any is answered 404 with an empty body. */
  readonly streams: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The largest page, whatever is asked for; 200, the vendor's, if not given. */
  readonly pageSize?: number;
  /** The first page is short although more follow, as the reference says that any may be. */
  readonly isFirstShort?: boolean;
  /** What Strava grants to this app, instead of what a new one has. */
  readonly limits?: Limits;
}

export interface StravaOptions {
  readonly now?: () => Date;
  readonly limits?: Limits;
  /** Boxes the athlete left ticked; all if not given. */
  readonly scopes?: readonly string[];
}

export interface StravaFake extends ServiceFake<StravaContents> {
  readonly seen: readonly SeenRequest[];
}

const NOW = (): Date => new Date('2026-11-21T06:00:00Z');
const SCOPES = ['read', 'activity:read_all', 'profile:read_all'];
const ATHLETE = 4_000_001;

export const EMPTY: StravaContents = {
  athlete: { id: ATHLETE, resource_state: 3, username: null, firstname: 'user', lastname: '1' },
  stats: {},
  activities: [],
  streams: {},
};

export function startStrava({ now = NOW, limits, scopes = SCOPES }: StravaOptions = {}): Promise<StravaFake> {
  const meter = new StravaMeter(now);
  return startOAuthService<StravaContents>({
    empty: EMPTY,
    authority: {
      clientId: '90001',
      clientSecret: 'strava-secret-8e07b2',
      clientAuthentication: 'body',
      rotation: 'replace',
      pkce: 'refused',
      scopeSeparator: ',',
      scopes,
      accessTokenSeconds: 21_600,
      now,
    },
    credentials: {
      clientId: 'STRAVA_CLIENT_ID',
      clientSecret: 'STRAVA_CLIENT_SECRET',
      refreshToken: 'STRAVA_REFRESH_TOKEN',
    },
    apiPath: '/api/v3',
    tokenPath: '/oauth/token',
    tokenError,
    failure,
    meter: ({ limits: granted = limits }) => meter.count(granted),
    answer: (request, contents) => answer(request, contents, now()),
  });
}

interface Route {
  readonly path: RegExp;
  readonly scope: string;
  /** By name: what a value must look like. */
  readonly parameters: Readonly<Record<string, RegExp>>;
  readonly required?: readonly string[];
  answer(request: ApiRequest, contents: StravaContents, id: string, now: Date): Reply;
}

const COUNT = /^\d+$/;
const TYPES = 'time|distance|latlng|altitude|velocity_smooth|heartrate|cadence|watts|temp|moving|grade_smooth';

const routes: readonly Route[] = [
  {
    path: /^\/athlete\/activities$/,
    scope: 'activity:read_all',
    parameters: { before: COUNT, after: COUNT, page: /^[1-9]\d*$/, per_page: /^([1-9]\d?|1\d\d|200)$/ },
    answer: listActivities,
  },
  { path: /^\/athlete$/, scope: 'read', parameters: {}, answer: (_, { athlete }) => ({ json: athlete }) },
  {
    path: /^\/athletes\/(\d+)\/stats$/,
    scope: 'read',
    parameters: {},
    answer: (_, { athlete, stats }, id) => (id === String(athlete.id) ? { json: stats } : failure(403)),
  },
  {
    path: /^\/activities\/(\d+)\/streams$/,
    scope: 'activity:read_all',
    parameters: { keys: new RegExp(`^(${TYPES})(,(${TYPES}))*$`), key_by_type: /^true$/ },
    required: ['keys', 'key_by_type'],
    answer: streamsOf,
  },
];

function answer(request: ApiRequest, contents: StravaContents, now: Date): Reply {
  for (const { path, scope, parameters, required = [], answer: own } of routes) {
    const match = path.exec(request.path);
    if (match === null) continue;
    if (request.method !== 'GET') return failure(405);
    const wrong =
      Object.entries(request.query).find(([name, value]) => parameters[name]?.test(value) !== true)?.[0] ??
      required.find((name) => request.query[name] === undefined);
    if (wrong !== undefined) return badRequest(wrong, 'invalid');
    if (!request.scopes.includes(scope)) return permissionMissing(scope);
    return own(request, contents, match[1] ?? '', now);
  }
  return notFound();
}

/** By the second of the start, both bounds left out. Newest first, but with `after` alone oldest first. */
function listActivities({ query }: ApiRequest, contents: StravaContents, _: string, now: Date): Reply {
  const { before, after, page = '1', per_page = '30' } = query;
  // Milliseconds instead of seconds.
  if (Number(after) > now.getTime() / 1000) return badRequest('after', 'future');
  const seconds = ({ start_date }: FakeActivity): number => Math.floor(Date.parse(String(start_date)) / 1000);
  const isAsked = (activity: FakeActivity): boolean =>
    (after === undefined || seconds(activity) > Number(after)) &&
    (before === undefined || seconds(activity) < Number(before));
  const { activities, pageSize = 200, isFirstShort = false } = contents;
  const found = activities.length > LONG ? whole(activities, isAsked) : all(activities).filter(isAsked);
  const ordered = after !== undefined && before === undefined ? all(found).toReversed() : found;
  const size = Math.min(Number(per_page), pageSize);
  const start = (Number(page) - 1) * size;
  const short = isFirstShort ? 1 : 0;
  return { json: sliceOf(ordered, Math.max(0, start - short), start + size - short) };
}

/** A list of more is one that is made as it is asked for, and lies within one span. */
const LONG = 1_000;

const all = <T>(series: Series<T>): T[] => sliceOf(series, 0, series.length);

function whole(series: Series<FakeActivity>, isAsked: (activity: FakeActivity) => boolean): Series<FakeActivity> {
  const newest = series.at(0);
  return newest !== undefined && isAsked(newest) ? series : [];
}

function streamsOf({ query }: ApiRequest, { streams }: StravaContents, id: string): Reply {
  const { [id]: own } = streams;
  if (own === undefined) return notFound();
  const asked = query['keys']?.split(',') ?? [];
  return { json: Object.fromEntries(Object.entries(own).filter(([type]) => asked.includes(type))) };
}
