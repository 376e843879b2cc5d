import { serviceContract } from '../../test/contracts/service.ts';
import { numbered } from '../../test/fakes/oauth-service.ts';
import { EMPTY, type StravaContents, startStrava } from '../../test/fakes/strava.ts';
import {
  activity,
  athlete,
  bareActivity,
  idOf,
  manualActivity,
  stats,
  streams,
} from '../../test/fakes/strava-samples.ts';

/** Small pages, the first of them short. */
const account = (contents: Partial<StravaContents>): StravaContents => ({
  ...EMPTY,
  pageSize: 2,
  isFirstShort: true,
  ...contents,
});

const activities = (list: StravaContents['activities'], rows: number) => ({
  contents: account({ activities: list }),
  rows,
});
/** Newest first, as the API has them. */
const first = [activity(400), manualActivity(399), activity(398), activity(397), activity(30)];
/** `first` with another one at the place, or none. */
const but = (place: number, ...instead: ReturnType<typeof activity>[]) => first.toSpliced(place, 1, ...instead);

const athletes = (own: StravaContents['athlete'], rows: number) => ({ contents: account({ athlete: own }), rows });
const totals = (own: StravaContents['stats'], rows: number) => ({ contents: account({ stats: own }), rows });

/** Each activity has two types, except the one that was entered by hand. */
const measured = (numbers: readonly number[], rows: number, odd: Readonly<Record<string, unknown>> = {}) => ({
  contents: account({
    activities: [...numbers.map((number) => activity(number)), manualActivity(1)],
    streams: Object.fromEntries(
      numbers.map((number, place) => [idOf(number), streams(number, place === 1 ? odd : {})] as const),
    ),
  }),
  rows,
});

const WITHOUT_LIMITS = { overall: [1e6, 1e6], read: [1e6, 1e6] } as const;

/** One in seven weeks since there is Strava, newest first. */
const years = Array.from({ length: 130 }, (_, number) => {
  const start_date = new Date(Date.UTC(2009, 5, 1) + number * 49 * 86_400_000).toISOString();
  return activity(number, { start_date });
}).toReversed();
const session = Array.from({ length: 70 }, (_, index) => 400 - index);

const ONE_ATHLETE = 'There is one athlete, who is signed in, and nothing that could';

await serviceContract<StravaContents>('strava', {
  module: new URL('./index.ts', import.meta.url),
  open: () => startStrava(),
  streams: {
    activities: {
      first: activities(first, 5),
      news: activities([activity(402), activity(401), ...first], 7),
      late: activities(first.toSpliced(3, 0, activity(350, { id: idOf(900) })), 6),
      edited: activities(but(2, activity(398, { name: 'Activity 398, renamed' })), 5),
      empty: { contents: account({}), rows: 0 },
      without: activities(but(2, activity(398, { average_speed: undefined, sport_type: undefined })), 5),
      retyped: activities(but(2, activity(398, { distance: '5 km' })), 4),
      paged: { contents: account({ activities: years, limits: WITHOUT_LIMITS }), overlap: 1 },
      many: (count) => ({
        contents: account({
          activities: numbered(count, (number) => bareActivity(400, { id: idOf(number) })),
          pageSize: 200,
          limits: WITHOUT_LIMITS,
        }),
        rows: count,
      }),
      cannot: { deleted: 'Strava does not tell of activities that were deleted: their rows stay.' },
    },
    athlete: {
      first: athletes(athlete(), 1),
      news: athletes(athlete({ weight: 71.5 }), 1),
      edited: athletes(athlete({ city: 'City 2' }), 1),
      // Without `profile:read_all`.
      empty: athletes(athlete({ resource_state: 2, weight: undefined, bikes: undefined, shoes: undefined }), 1),
      without: athletes(athlete({ measurement_preference: undefined }), 1),
      retyped: athletes(athlete({ weight: '70 kg' }), 0),
      paged: 'one request',
      cannot: { late: `${ONE_ATHLETE} come late.`, deleted: `${ONE_ATHLETE} be deleted.` },
    },
    athlete_stats: {
      first: totals(stats(10), 9),
      news: totals(stats(11), 9),
      edited: totals(stats(10, { biggest_ride_distance: 130_000 }), 9),
      empty: totals(stats(0, { biggest_ride_distance: null, biggest_climb_elevation_gain: null }), 9),
      without: totals(stats(10, { biggest_climb_elevation_gain: undefined }), 9),
      retyped: totals(stats(10, { all_run_totals: 'none' }), 0),
      paged: 'one request',
      cannot: {
        late: 'Totals hold what there is, so nothing in them can come late.',
        deleted: 'Totals always have their nine rows, so none can be deleted.',
      },
    },
    activity_streams: {
      first: measured([400, 399, 398], 6),
      news: measured([402, 401, 400, 399, 398], 10),
      late: measured([400, 399, 398, 397], 8),
      empty: { contents: account({}), rows: 0 },
      without: measured([400, 399, 398], 5, { latlng: undefined }),
      retyped: measured([400, 399, 398], 4, { latlng: 'nowhere' }),
      paged: { contents: { ...measured(session, 140).contents, pageSize: 200, limits: WITHOUT_LIMITS } },
      cannot: {
        edited: 'What was measured is read once: an activity that is cropped afterwards keeps its first streams.',
        deleted: 'The streams of an activity that was deleted stay as well.',
      },
    },
  },
});
