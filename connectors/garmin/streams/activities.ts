import { type ExtractContext, isoDate, minus, offsetLimit, stream } from '@tidemill/kit';
import { z } from 'zod';
import { instantOfGmt } from '../columns.ts';
import { byDays, type DaysCursor, firstDay } from '../days.ts';
import { ActivityRow } from '../rows.ts';
import { Activity } from '../schema.ts';

const ActivitiesOptions = z.strictObject({
  start_date: z.iso
    .date()
    .default('2000-01-01')
    .describe('First day of activities to read, YYYY-MM-DD: a hundred are one request, so all of them by default.'),
});
type ActivitiesContext = ExtractContext<DaysCursor, z.output<typeof ActivitiesOptions>>;

/** More a page are answered too, but slowly. */
const A_PAGE = 100;

/** Newest first, so only a whole window can be marked: 25 pages of it are seven activities a day. */
const WINDOW_MS = 365 * 86_400_000;
/** Each window ends with an empty page, which is asked for as well: 25 requests at most. */
const CHECKPOINTS = { pages: 13, seconds: 30 };

/** What is added meanwhile only moves the others of its window on: they come twice, and none is missed. */
async function* readActivities(context: ActivitiesContext) {
  const { http, now, until } = context;
  const end = until ?? now;
  for (let startDate = firstDay(context), isLast = false; !isLast; ) {
    const next = new Date(Date.parse(startDate) + WINDOW_MS);
    isLast = next >= end;
    // Days are local ones: without a backfill's end, an activity of today is one wherever it was.
    const endDate = isLast ? until && dayBefore(until) : dayBefore(next);
    yield* offsetLimit(
      http,
      '/activitylist-service/activities/search/activities',
      { startDate, endDate },
      { limit: A_PAGE, offsetParameter: 'start' },
    );
    yield { checkpoint: { through: isLast ? isoDate(end) : dayBefore(next) } };
    startDate = isoDate(next);
  }
}

const dayBefore = (instant: Date): string => isoDate(minus(instant, { seconds: 1 }));

export const activities = stream({
  ...byDays,
  options: ActivitiesOptions,
  checkpoints: CHECKPOINTS,
  name: 'activities',
  description: 'Recorded activities, one row each.',
  source: Activity,
  row: ActivityRow,
  key: ['activity_id'],
  indexes: ['started_at'],
  examples: [
    {
      question: 'How far was it, by sport?',
      sql: `SELECT type, count(*) AS activities, sum(distance_m) / 1000 AS km, sum(duration_s) / 3600 AS hours
FROM garmin.activities
GROUP BY type
ORDER BY activities DESC, type`,
    },
  ],
  extract: readActivities,
  toRow: (activity) => ({
    activity_id: activity.activityId,
    name: activity.activityName ?? null,
    type: activity.activityType.typeKey,
    event_type: activity.eventType?.typeKey ?? null,
    started_at: instantOfGmt(activity.startTimeGMT) ?? '',
    started_at_local: activity.startTimeLocal ?? null,
    distance_m: activity.distance ?? null,
    duration_s: activity.duration ?? null,
    moving_duration_s: activity.movingDuration ?? null,
    elapsed_duration_s: activity.elapsedDuration ?? null,
    elevation_gain_m: activity.elevationGain ?? null,
    elevation_loss_m: activity.elevationLoss ?? null,
    average_speed_mps: activity.averageSpeed ?? null,
    max_speed_mps: activity.maxSpeed ?? null,
    calories_kcal: activity.calories ?? null,
    average_heart_rate_bpm: activity.averageHR ?? null,
    max_heart_rate_bpm: activity.maxHR ?? null,
    steps: activity.steps ?? null,
    device_id: activity.deviceId ?? null,
    has_route: activity.hasPolyline ?? null,
  }),
});
