/** Invented records in the shapes of Strava's reference. Numbers tell them apart. */
type Fields = Readonly<Record<string, unknown>>;

/** Ids of today exceed 32 bits. */
export const idOf = (number: number): number => 16_000_000_000 + number;

/** The higher the number, the later it began: an hour each, from 2026-11-01T00:00Z on. */
export const startOf = (number: number): string =>
  new Date(Date.UTC(2026, 10, 1) + number * 3_600_000).toISOString().replace('.000Z', 'Z');

export const activity = (number: number, fields: Fields = {}): Fields => ({
  resource_state: 2,
  athlete: { id: 4_000_001, resource_state: 1 },
  id: idOf(number),
  id_str: String(idOf(number)),
  name: `Activity ${number}`,
  distance: 5000 + number / 10,
  moving_time: 1500 + number,
  elapsed_time: 1600 + number,
  total_elevation_gain: 40,
  type: 'Run',
  sport_type: number % 3 === 0 ? 'Ride' : 'TrailRun',
  workout_type: null,
  start_date: startOf(number),
  start_date_local: startOf(number),
  timezone: '(GMT+01:00) Europe/Berlin',
  utc_offset: 3600,
  achievement_count: 0,
  kudos_count: number,
  comment_count: 0,
  map: { id: `a${idOf(number)}`, summary_polyline: 'abc', resource_state: 2 },
  trainer: false,
  commute: false,
  manual: false,
  private: false,
  visibility: 'everyone',
  gear_id: null,
  start_latlng: [48.5, 9.1],
  end_latlng: [48.6, 9.2],
  average_speed: 3.3,
  max_speed: 5,
  has_heartrate: true,
  average_heartrate: 150.5,
  max_heartrate: 171,
  elev_high: 300.2,
  elev_low: 250,
  upload_id: 17_000_000_000 + number,
  external_id: `file-${number}.fit`,
  pr_count: 0,
  device_name: 'Watch 1',
  ...fields,
});

/** Entered by hand: next to nothing was measured, and nothing uploaded. */
export const manualActivity = (number: number): Fields =>
  activity(number, {
    manual: true,
    distance: 5000,
    start_latlng: [],
    end_latlng: [],
    map: { id: `a${idOf(number)}`, summary_polyline: '', resource_state: 2 },
    upload_id: null,
    external_id: null,
    average_heartrate: undefined,
    max_heartrate: undefined,
    device_name: undefined,
  });

export const athlete = (fields: Fields = {}): Fields & { readonly id: number } => ({
  id: 4_000_001,
  username: 'user-1',
  resource_state: 3,
  firstname: 'user',
  lastname: '1',
  city: null,
  state: null,
  country: null,
  sex: null,
  premium: true,
  summit: true,
  created_at: '2017-11-28T19:05:35Z',
  updated_at: '2026-11-01T10:00:00Z',
  weight: 70.5,
  measurement_preference: 'meters',
  follower_count: 3,
  friend_count: 4,
  ftp: null,
  clubs: [],
  bikes: [{ id: 'b1', name: 'Bike 1', distance: 1000, primary: true, resource_state: 2 }],
  shoes: [],
  ...fields,
});

const totals = (count: number, fields: Fields = {}): Fields => ({
  count,
  distance: count * 5000.5,
  moving_time: count * 1500,
  elapsed_time: count * 1600,
  elevation_gain: count * 40,
  ...fields,
});

export const stats = (count: number, fields: Fields = {}): Fields => ({
  biggest_ride_distance: 120_000.5,
  biggest_climb_elevation_gain: 900,
  recent_ride_totals: totals(count, { achievement_count: 1 }),
  recent_run_totals: totals(count, { achievement_count: 2 }),
  recent_swim_totals: totals(0, { achievement_count: 0 }),
  ytd_ride_totals: totals(count * 2),
  ytd_run_totals: totals(count * 2),
  ytd_swim_totals: totals(0),
  all_ride_totals: totals(count * 3),
  all_run_totals: totals(count * 3),
  all_swim_totals: totals(0),
  ...fields,
});

const series = (data: readonly unknown[]): Fields => ({
  data,
  series_type: 'distance',
  original_size: data.length,
  resolution: 'high',
});

/** Two types, as an activity without a heart rate monitor has them. */
export const streams = (number: number, fields: Fields = {}): Fields => ({
  time: series([0, 10, 20 + number]),
  latlng: series([
    [48.5, 9.1],
    [48.55, 9.15],
    [48.6, 9.2],
  ]),
  ...fields,
});

/** As little as there may be. */
export const bareActivity = (number: number, fields: Fields = {}): Fields => {
  const { id, name, sport_type, start_date, start_date_local, distance, moving_time, elapsed_time } = activity(number);
  return { id, name, sport_type, start_date, start_date_local, distance, moving_time, elapsed_time, ...fields };
};
