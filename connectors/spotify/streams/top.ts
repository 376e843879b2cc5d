/** The most played, as Spotify reckons it today: every reading is a picture of its day, and the days before stay. */
import { type Emission, type ExtractContext, isoDate, jsonLine, stream } from '@tidemill/kit';
import { z } from 'zod';
import { TopArtistRow, TopTrackRow } from '../rows.ts';
import { TopArtist, TopCursor, TopTrack } from '../schema.ts';
import { artistColumns, trackColumns } from './columns.ts';
import { listFrom } from './walk.ts';

const TopOptions = z.strictObject({
  time_range: z
    .enum(['short_term', 'medium_term', 'long_term'])
    .default('medium_term')
    .describe('`short_term` is about four weeks, `medium_term` six months, `long_term` a year.'),
});

/**
 * Upsert and not replace: earlier days stay, and a job for another time range fills the same table. Read twice on a day, a
 * list is what it was last.
 */
const shared = {
  key: ['snapshot_date', 'time_range', 'rank'],
  write: 'upsert',
  method: 'api_json',
  oauthScopes: ['user-top-read'],
  options: TopOptions,
  cursor: { version: 1, schema: TopCursor, start: { last: null } },
} as const;

export const topTracks = stream({
  ...shared,
  name: 'top_tracks',
  description: "The user's most played tracks on the day of each reading, in order.",
  source: TopTrack,
  row: TopTrackRow,
  indexes: ['track_id'],
  extract: (context) => ranking('me/top/tracks', context),
  toRow(record) {
    if ('gone' in record || record.item === null) return [];
    const { item, ...place } = record;
    return { ...place, track_id: item.id ?? null, track_uri: item.uri, ...trackColumns(item) };
  },
  deletes: placeThatIsGone,
});

export const topArtists = stream({
  ...shared,
  name: 'top_artists',
  description: "The user's most played artists on the day of each reading, in order.",
  source: TopArtist,
  row: TopArtistRow,
  indexes: ['artist_id'],
  extract: (context) => ranking('me/top/artists', context),
  toRow(record) {
    if ('gone' in record || record.item === null) return [];
    const { item, ...place } = record;
    return { ...place, ...artistColumns(item) };
  },
  deletes: placeThatIsGone,
});

type Context = Pick<ExtractContext<TopCursor, z.output<typeof TopOptions>>, 'http' | 'now' | 'options' | 'cursor'>;

/** An item says neither its rank nor what list it is from: both are put beside it. */
async function* ranking(path: string, { http, now, options, cursor }: Context): AsyncGenerator<Emission<TopCursor>> {
  const list = { snapshot_date: isoDate(now), time_range: options.time_range };
  let ranks = 0;
  for await (const { lines, url } of listFrom(http, path, { time_range: list.time_range })) {
    yield { lines: lines.map((item) => jsonLine({ ...list, rank: ++ranks, item })), url };
  }
  const { last } = cursor;
  const isSameList = last?.snapshot_date === list.snapshot_date && last.time_range === list.time_range;
  const excess = isSameList ? last.ranks - ranks : 0;
  if (excess > 0) {
    const gone = Array.from({ length: excess }, (_, index) => ({ ...list, rank: ranks + 1 + index, gone: true }));
    yield { records: gone, url: http.resolve(path).href };
  }
  yield { mark: { last: { ...list, ranks } } };
}

type Place = Readonly<{ snapshot_date: string; time_range: string; rank: number }>;

function placeThatIsGone(record: Place & { readonly gone?: true }): Place | undefined {
  const { snapshot_date, time_range, rank } = record;
  return record.gone ? { snapshot_date, time_range, rank } : undefined;
}
