import { stream } from '@tidemill/kit';
import { ActivityRow } from '../rows.ts';
import { ActivitiesCursor, ActivitiesOptions, Activity } from '../schema.ts';
import { listActivities, reachBack, spansOf } from './listing.ts';

/** Each span ends with an empty page, which is asked for as well: 25 requests at most. */
const CHECKPOINTS = { pages: 13, seconds: 30 };

const NOWHERE = [null, null] as const;

export const activities = stream({
  name: 'activities',
  description: 'Activities of the athlete. What was deleted stays: Strava does not tell.',
  source: Activity,
  row: ActivityRow,
  preview: true,
  key: ['id'],
  indexes: ['started_at'],
  write: 'upsert',
  method: 'api_json',
  oauthScopes: ['activity:read_all'],
  options: ActivitiesOptions,
  checkpoints: CHECKPOINTS,
  cursor: {
    version: 1,
    schema: ActivitiesCursor,
    start: { through: '1970-01-01T00:00:00.000Z' },
    at: (instant) => ({ through: instant.toISOString() }),
  },
  examples: [
    {
      question: 'How far did each sport go in each year?',
      sql: `SELECT EXTRACT(YEAR FROM started_at) AS year, sport_type, count(*) AS activities, sum(distance_m) / 1000 AS km
FROM strava.activities
GROUP BY 1, sport_type
ORDER BY 1 DESC, km DESC`,
    },
  ],
  /**
   * The API asks by the time an activity began, so uploads that come late and edits lie before the cursor: the last
   * `overlap_days` are read again each time. A budget that is used up ends the run in order, unless it is a backfill: its
   * slices are whole or they failed.
   */
  async *extract({ http, cursor, options, now, until, notice }) {
    const end = until ?? now;
    const from = reachBack(cursor.through, { days: options.overlap_days });
    for (const span of spansOf(from, end)) {
      for await (const page of listActivities(http, span)) {
        yield page;
        if (until !== undefined || http.spent() < 1) continue;
        notice('the rate budget is used up: the next run goes on after what was marked');
        return;
      }
      yield { checkpoint: { through: span.before.toISOString() } };
    }
  },
  toRow(activity) {
    const [start_latitude, start_longitude] = activity.start_latlng?.length === 2 ? activity.start_latlng : NOWHERE;
    const [end_latitude, end_longitude] = activity.end_latlng?.length === 2 ? activity.end_latlng : NOWHERE;
    return {
      id: activity.id,
      name: activity.name,
      sport_type: activity.sport_type,
      started_at: activity.start_date,
      started_at_local: activity.start_date_local.replace(/Z$/, ''),
      timezone: activity.timezone ?? null,
      utc_offset_seconds: activity.utc_offset ?? null,
      distance_m: activity.distance,
      moving_seconds: activity.moving_time,
      elapsed_seconds: activity.elapsed_time,
      elevation_gain_m: activity.total_elevation_gain ?? null,
      elevation_high_m: activity.elev_high ?? null,
      elevation_low_m: activity.elev_low ?? null,
      average_speed: activity.average_speed ?? null,
      max_speed: activity.max_speed ?? null,
      average_cadence: activity.average_cadence ?? null,
      average_watts: activity.average_watts ?? null,
      weighted_average_watts: activity.weighted_average_watts ?? null,
      kilojoules: activity.kilojoules ?? null,
      average_heartrate: activity.average_heartrate ?? null,
      max_heartrate: activity.max_heartrate ?? null,
      average_temperature: activity.average_temp ?? null,
      suffer_score: activity.suffer_score ?? null,
      start_latitude,
      start_longitude,
      end_latitude,
      end_longitude,
      polyline: activity.map?.summary_polyline || null,
      workout_type: activity.workout_type ?? null,
      is_trainer: activity.trainer ?? null,
      is_commute: activity.commute ?? null,
      is_manual: activity.manual ?? null,
      is_private: activity.private ?? null,
      visibility: activity.visibility ?? null,
      gear_id: activity.gear_id ?? null,
      device_name: activity.device_name ?? null,
      upload_id: activity.upload_id ?? null,
      external_id: activity.external_id ?? null,
      kudos_count: activity.kudos_count ?? null,
      comment_count: activity.comment_count ?? null,
      achievement_count: activity.achievement_count ?? null,
      pr_count: activity.pr_count ?? null,
    };
  },
});
