/** What the API answers: only the fields that are used. https://developers.strava.com/docs/reference/ */
import { z } from 'zod';

/** 64 bits, which may be more than a number holds. */
const Id = z.union([z.int(), z.bigint()]);
const number = z.number().nullish();
const flag = z.boolean().nullish();
const words = z.string().nullish();
/** Latitude and longitude; empty where there is no place: indoors, entered by hand, or kept private. */
const Place = z.union([z.tuple([z.number(), z.number()]), z.tuple([])]).nullish();

const AnyActivity = z.object({
  id: Id,
  name: z.string(),
  sport_type: words,
  /** What `sport_type` is called in activities of before 2022, with fewer values. */
  type: words,
  start_date: z.iso.datetime(),
  /** Local, although it ends in Z. */
  start_date_local: z.string(),
  timezone: words,
  utc_offset: number,
  distance: z.number(),
  moving_time: z.number(),
  elapsed_time: z.number(),
  total_elevation_gain: number,
  elev_high: number,
  elev_low: number,
  average_speed: number,
  max_speed: number,
  average_cadence: number,
  average_watts: number,
  weighted_average_watts: number,
  kilojoules: number,
  average_heartrate: number,
  max_heartrate: number,
  average_temp: number,
  suffer_score: number,
  start_latlng: Place,
  end_latlng: Place,
  map: z.object({ summary_polyline: words }).nullish(),
  workout_type: number,
  trainer: flag,
  commute: flag,
  manual: flag,
  private: flag,
  visibility: words,
  gear_id: words,
  device_name: words,
  upload_id: Id.nullish(),
  external_id: words,
  kudos_count: number,
  comment_count: number,
  achievement_count: number,
  pr_count: number,
});

export const Activity = AnyActivity.transform(({ type, ...activity }, { issues }) => {
  const sport_type = activity.sport_type ?? type;
  if (typeof sport_type === 'string') return { ...activity, sport_type };
  issues.push({ code: 'invalid_type', expected: 'string', path: ['sport_type'], input: sport_type });
  return z.NEVER;
});

export const ActivitiesCursor = z.object({
  /** Every activity that began before this instant is out, as far as it was there. */
  through: z.iso.datetime(),
});

export const ActivitiesOptions = z.strictObject({
  overlap_days: z
    .int()
    .min(0)
    .max(36_500)
    .default(30)
    .describe('Days before the last reading that are read again, for what was uploaded late or edited since.'),
});

/** Who is signed in. Weight, gear and the like are only there with the scope `profile:read_all`. */
export const Athlete = z.object({
  id: Id,
  username: words,
  firstname: words,
  lastname: words,
  city: words,
  state: words,
  country: words,
  sex: words,
  premium: flag,
  summit: flag,
  created_at: z.iso.datetime().nullish(),
  updated_at: z.iso.datetime().nullish(),
  weight: number,
  ftp: number,
  measurement_preference: words,
  follower_count: number,
  friend_count: number,
  bikes: z.array(z.unknown()).nullish(),
  shoes: z.array(z.unknown()).nullish(),
});

/** What tells an athlete from an answer that is none; the rest is checked when it is loaded. */
export const AthleteId = z.object({ id: Id });

const Totals = z.object({
  count: z.int(),
  distance: z.number(),
  moving_time: z.number(),
  elapsed_time: z.number(),
  elevation_gain: z.number(),
  /** Of the recent ones only. */
  achievement_count: z.int().nullish(),
});
export type Totals = z.infer<typeof Totals>;

/** What tells totals from an answer that is none. */
export const AnyStats = z.object({ all_ride_totals: z.looseObject({}) });

/** The totals, and whose they are, which they do not say themselves. */
export const AthleteStats = z.object({
  athlete_id: Id,
  stats: z.object({
    biggest_ride_distance: number,
    biggest_climb_elevation_gain: number,
    recent_ride_totals: Totals,
    recent_run_totals: Totals,
    recent_swim_totals: Totals,
    ytd_ride_totals: Totals,
    ytd_run_totals: Totals,
    ytd_swim_totals: Totals,
    all_ride_totals: Totals,
    all_run_totals: Totals,
    all_swim_totals: Totals,
  }),
});

/** An activity, as far as its streams need it. */
export const Listed = z.object({ id: Id, start_date: z.iso.datetime(), manual: z.unknown().optional() });
export type Listed = z.infer<typeof Listed>;

/** What is asked for. */
export const STREAM_TYPES: readonly string[] = [
  ...['time', 'distance', 'latlng', 'altitude', 'velocity_smooth', 'heartrate'],
  ...['cadence', 'watts', 'temp', 'moving', 'grade_smooth'],
];

/** By type; the types that were not recorded are not there. What has none of them, and something else, is no answer. */
export const StreamSet = z.record(z.string(), z.unknown()).refine((streams) => {
  const types = Object.keys(streams);
  return types.length === 0 || types.some((type) => STREAM_TYPES.includes(type));
}, 'no stream');

const Series = z.object({
  data: z.array(z.unknown()),
  series_type: words,
  original_size: z.int().nullish(),
  resolution: words,
});

/** The streams of an activity, and which one, which they do not say themselves. */
export const ActivityStreams = z.object({
  activity_id: Id,
  start_date: z.iso.datetime(),
  streams: z.record(z.string(), Series),
});

export const StreamsCursor = z.object({
  /** The streams of every activity that began before this instant are out, as far as it was there. */
  through: z.iso.datetime(),
  /** Ids, as text, of the activities within the overlap whose streams are out. */
  done: z.array(z.string()),
});
