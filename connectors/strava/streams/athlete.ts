import { jsonLine, stream } from '@tidemill/kit';
import { AthleteRow, AthleteStatsRow } from '../rows.ts';
import { AnyStats, Athlete, AthleteId, AthleteStats, type Totals } from '../schema.ts';

export const athlete = stream({
  name: 'athlete',
  description: 'The athlete who is signed in, one row.',
  source: Athlete,
  row: AthleteRow,
  preview: true,
  key: ['id'],
  write: 'upsert',
  method: 'api_json',
  oauthScopes: ['profile:read_all'],
  async *extract({ http }) {
    const { line, url } = await http.json('athlete', AthleteId);
    yield { lines: [line], url };
  },
  toRow: (athlete) => ({
    id: athlete.id,
    username: athlete.username ?? null,
    first_name: athlete.firstname ?? null,
    last_name: athlete.lastname ?? null,
    city: athlete.city ?? null,
    state: athlete.state ?? null,
    country: athlete.country ?? null,
    sex: athlete.sex ?? null,
    is_subscriber: athlete.summit ?? athlete.premium ?? null,
    created_at: athlete.created_at ?? null,
    updated_at: athlete.updated_at ?? null,
    weight_kg: athlete.weight ?? null,
    ftp_watts: athlete.ftp ?? null,
    measurement_preference: athlete.measurement_preference ?? null,
    follower_count: athlete.follower_count ?? null,
    friend_count: athlete.friend_count ?? null,
    bikes: athlete.bikes ?? null,
    shoes: athlete.shoes ?? null,
  }),
});

const SPORTS = ['ride', 'run', 'swim'] as const;
const PERIODS = ['recent', 'ytd', 'all'] as const;

export const athleteStats = stream({
  name: 'athlete_stats',
  description: 'Totals by sport and period, nine rows. Strava counts only activities that everyone may see.',
  source: AthleteStats,
  row: AthleteStatsRow,
  preview: true,
  key: ['athlete_id', 'sport', 'period'],
  write: 'upsert',
  method: 'api_json',
  oauthScopes: ['read'],
  async *extract({ http }) {
    const { value: signedIn } = await http.json('athlete', AthleteId);
    // The address names a person, and addresses stand in manifests and public logs.
    const shown = 'athletes/ID/stats';
    const { line: stats, url } = await http.json(`athletes/${signedIn.id}/stats`, AnyStats, { shown });
    yield { lines: [jsonLine({ athlete_id: signedIn.id, stats })], url };
  },
  toRow: ({ athlete_id, stats }) =>
    SPORTS.flatMap((sport) =>
      PERIODS.map((period) => {
        const isAllRides = sport === 'ride' && period === 'all';
        return {
          athlete_id,
          sport,
          period,
          ...totals(stats[`${period}_${sport}_totals`]),
          biggest_distance_m: (isAllRides ? stats.biggest_ride_distance : null) ?? null,
          biggest_climb_m: (isAllRides ? stats.biggest_climb_elevation_gain : null) ?? null,
        };
      }),
    ),
});

const totals = ({ count, distance, moving_time, elapsed_time, elevation_gain, achievement_count }: Totals) => ({
  activities: count,
  distance_m: distance,
  moving_seconds: moving_time,
  elapsed_seconds: elapsed_time,
  elevation_gain_m: elevation_gain,
  achievements: achievement_count ?? null,
});
