/** The most played, as Spotify reckons it today: every reading is a picture of its day, and the days before stay. */
import { type Emission, type ExtractContext, isoDate, jsonLine, stream } from '@tidemill/kit';
import { z } from 'zod';
import { TopArtistRow, TopTrackRow } from '../rows.ts';
import { TopArtist, TopCursor, TopTrack } from '../schema.ts';
import { artistColumns, trackColumns } from './columns.ts';
import { isWhole, listOf } from './walk.ts';

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
  preview: true,
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

type Context = Pick<
  ExtractContext<TopCursor, z.output<typeof TopOptions>>,
  'http' | 'now' | 'options' | 'cursor' | 'notice'
>;

/** An item says neither its rank nor what list it is from: both are put beside it. */
async function* ranking(
  path: string,
  { http, now, options, cursor, notice }: Context,
): AsyncGenerator<Emission<TopCursor>> {
  const list = { snapshot_date: isoDate(now), time_range: options.time_range };
  const before = isSameList(cursor.last, list) ? cursor.last.ranks : 0;
  let ranks = 0;
  const pages = listOf(http, path, { time_range: list.time_range });
  let page = await pages.next();
  for (; page.done !== true; page = await pages.next()) {
    const { lines, url } = page.value;
    yield { lines: lines.map((item) => jsonLine({ ...list, rank: ++ranks, item })), url };
  }
  if (!isWhole(page.value, ranks)) {
    notice(`${path} told ${[...page.value].join(' and ')} places and ${ranks} came: what else there was today is left`);
    yield { mark: { last: { ...list, ranks: Math.max(before, ranks) } } };
    return;
  }
  if (before > ranks) {
    const gone = Array.from({ length: before - ranks }, (_, index) => ({
      ...list,
      rank: ranks + 1 + index,
      gone: true,
    }));
    yield { records: gone, url: http.resolve(path).href };
  }
  yield { mark: { last: { ...list, ranks } } };
}

function isSameList(last: TopCursor['last'], list: Omit<Place, 'rank'>): last is NonNullable<TopCursor['last']> {
  return last?.snapshot_date === list.snapshot_date && last.time_range === list.time_range;
}

type Place = Readonly<{ snapshot_date: string; time_range: string; rank: number }>;

function placeThatIsGone(record: Place & { readonly gone?: true }): Place | undefined {
  const { snapshot_date, time_range, rank } = record;
  return record.gone ? { snapshot_date, time_range, rank } : undefined;
}
