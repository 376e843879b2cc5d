/** What Garmin Connect answers about days and activities. Unknown and wrong parameters are refused. */
import type { Reply, SeenRequest } from './http-server.ts';

/** Records as they are asked for; an array is one. */
export interface Series<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

export type Fields = Readonly<Record<string, unknown>>;
type ByDay = Readonly<Record<string, Fields>>;

/** Everything by the person's calendar day; `activities` newest first. A lazy series of them lies within what one request asks for. */
export interface GarminContents {
  readonly activities?: Series<Fields>;
  readonly sleep?: ByDay;
  readonly heart_rate?: ByDay;
  readonly steps?: ByDay;
  readonly stress?: ByDay;
  readonly hrv?: ByDay;
  readonly body_battery?: ByDay;
  /** Weighings of the day. */
  readonly weight?: Readonly<Record<string, readonly Fields[]>>;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const RANGE_DAYS = 28;

interface Route {
  readonly path: RegExp;
  readonly required: Readonly<Record<string, RegExp>>;
  readonly optional?: Readonly<Record<string, RegExp>>;
  /** The groups of the path, then the query. */
  reply(contents: GarminContents, asked: Readonly<Record<string, string>>): Reply;
}

const RANGE = '(?<start>[^/]+)/(?<end>[^/]+)';

const routes: readonly Route[] = [
  {
    path: /^\/userprofile-service\/socialProfile$/,
    required: {},
    reply: () => ({ json: { profileId: 1, displayName: 'user-1', fullName: 'User One' } }),
  },
  {
    path: /^\/activitylist-service\/activities\/search\/activities$/,
    required: { start: /^\d+$/, limit: /^([1-9]\d{0,2}|1000)$/ },
    optional: { startDate: DAY, endDate: DAY, activityType: /./, sortOrder: /^(asc|desc)$/ },
    reply: ({ activities = [] }, { start, limit, startDate = '', endDate = '9' }) => {
      const isAsked = within(startDate, endDate);
      const found = Array.isArray(activities) ? activities.filter(isAsked) : whole(activities, isAsked);
      const [from, to] = [Number(start), Number(start) + Number(limit)];
      const size = Math.max(0, Math.min(to, found.length) - from);
      return { json: Array.from({ length: size }, (_, index) => found.at(from + index)) };
    },
  },
  {
    path: /^\/sleep-service\/sleep\/dailySleepData$/,
    required: { date: DAY },
    optional: { nonSleepBufferMinutes: /^\d+$/ },
    reply: ({ sleep = {} }, { date = '' }) => ({ json: sleep[date] ?? NO_SLEEP }),
  },
  {
    path: /^\/wellness-service\/wellness\/dailyHeartRate\/$/,
    required: { date: DAY },
    reply: ({ heart_rate = {} }, { date = '' }) => ({ json: heart_rate[date] ?? noHeartRate(date) }),
  },
  {
    path: new RegExp(`^/usersummary-service/stats/steps/daily/${RANGE}$`),
    required: {},
    reply: ({ steps = {} }, range) => ({ json: inRange(steps, range) }),
  },
  {
    path: new RegExp(`^/usersummary-service/stats/stress/daily/${RANGE}$`),
    required: {},
    // `null` instead of an empty list.
    reply: ({ stress = {} }, range) => ({ body: JSON.stringify(orNull(inRange(stress, range))) }),
  },
  {
    path: new RegExp(`^/hrv-service/hrv/daily/${RANGE}$`),
    required: {},
    reply: ({ hrv = {} }, range) => {
      const hrvSummaries = inRange(hrv, range);
      return hrvSummaries.length === 0 ? { status: 204 } : { json: { hrvSummaries, userProfilePk: 1 } };
    },
  },
  {
    path: /^\/wellness-service\/wellness\/bodyBattery\/reports\/daily$/,
    required: { startDate: DAY, endDate: DAY },
    reply: ({ body_battery = {} }, { startDate = '', endDate = '' }) => ({
      json: inRange(body_battery, { start: startDate, end: endDate }),
    }),
  },
  {
    path: new RegExp(`^/weight-service/weight/range/${RANGE}$`),
    required: {},
    optional: { includeAll: /^true$/ },
    reply: ({ weight = {} }, range) => ({
      json: {
        dailyWeightSummaries: inRange(weight, range).map((allWeightMetrics) => ({
          summaryDate: allWeightMetrics[0]?.['calendarDate'],
          numOfWeightEntries: allWeightMetrics.length,
          allWeightMetrics,
        })),
        totalAverage: { from: null, until: null, weight: null },
      },
    }),
  },
];

/** Undefined for a path that Garmin does not have. */
export function answerOf({ method, path, query }: SeenRequest, contents: GarminContents): Reply | undefined {
  const route = routes.find((candidate) => candidate.path.test(path));
  if (route === undefined || method !== 'GET') return undefined;
  const { required, optional = {} } = route;
  const known: Readonly<Record<string, RegExp>> = { ...required, ...optional };
  const missing = Object.keys(required).find((name) => query[name] === undefined);
  const wrong = Object.entries(query).find(([name, value]) => !known[name]?.test(value));
  const fault = missing ?? wrong?.[0];
  if (fault !== undefined) return badRequest(`${fault} is not what it must be`);
  const asked = { ...route.path.exec(path)?.groups, ...query };
  return (
    wrongRange(asked['start'] ?? asked['startDate'], asked['end'] ?? asked['endDate'], path) ??
    route.reply(contents, asked)
  );
}

function wrongRange(start: string | undefined, end: string | undefined, path: string): Reply | undefined {
  if (start === undefined || end === undefined || path.startsWith('/activitylist-service')) return undefined;
  const days = (Date.parse(end) - Date.parse(start)) / 86_400_000 + 1;
  if (!DAY.test(start) || !DAY.test(end) || Number.isNaN(days) || days < 1) return badRequest('no range of days');
  return days > RANGE_DAYS ? badRequest(`a range has ${RANGE_DAYS} days at most`) : undefined;
}

const badRequest = (message: string): Reply => ({ status: 400, json: { message, error: 'BadRequestException' } });

const inRange = <T>(
  days: Readonly<Record<string, T>>,
  { start = '', end = '' }: Readonly<Record<string, string>>,
): T[] =>
  Object.entries(days)
    .filter(([day]) => day >= start && day <= end)
    .map(([, record]) => record);

const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);

function whole(series: Series<Fields>, isAsked: (activity: Fields) => boolean): Series<Fields> {
  const newest = series.at(0);
  return newest !== undefined && isAsked(newest) ? series : [];
}

const within = (start: string, end: string) => (activity: Fields) => {
  const day = String(activity['startTimeLocal']).slice(0, 10);
  return day >= start && day <= end;
};

/** A night without a watch. */
const NO_SLEEP = {
  dailySleepDTO: {
    id: null,
    userProfilePK: 1,
    calendarDate: null,
    sleepTimeSeconds: null,
    sleepStartTimestampGMT: null,
    sleepEndTimestampGMT: null,
    sleepScores: null,
  },
  sleepMovement: null,
  sleepLevels: null,
  remSleepData: false,
};

const noHeartRate = (calendarDate: string) => ({
  userProfilePK: 1,
  calendarDate,
  startTimestampGMT: null,
  endTimestampGMT: null,
  maxHeartRate: null,
  minHeartRate: null,
  restingHeartRate: null,
  lastSevenDaysAvgRestingHeartRate: null,
  heartRateValueDescriptors: null,
  heartRateValues: null,
});
