import { type Emission, type ExtractContext, type Http, type Page, parseLine, stream } from '@tidemill/kit';
import { parseValue } from '@tidemill/kit/http-response';
import { PlaylistItemRow } from '../rows.ts';
import { contentsOf, PlaylistItem, PlaylistItemsCursor, PlaylistVersion } from '../schema.ts';
import { trackColumns } from './columns.ts';
import { contentsReader } from './contents.ts';
import { wholeList } from './walk.ts';

/** A mark costs a commit: playlists are gathered until so many items of theirs were read. */
const ITEMS_A_MARK = 1_000;

export const playlistItems = stream({
  name: 'playlist_items',
  description: 'What stands in the playlists, one row a place. Only playlists that changed are read again.',
  source: PlaylistItem,
  row: PlaylistItemRow,
  key: ['playlist_id', 'position'],
  indexes: ['track_id'],
  write: 'upsert',
  method: 'api_json',
  oauthScopes: ['playlist-read-private', 'playlist-read-collaborative'],
  cursor: { version: 1, schema: PlaylistItemsCursor, start: { playlists: {} } },
  extract: readChanged,
  toRow(record) {
    if ('gone' in record) return [];
    const { playlist_id, position, entry } = record;
    const track = entry?.item ?? entry?.track;
    return {
      playlist_id,
      position,
      added_at: entry?.added_at ?? null,
      added_by: entry?.added_by?.id ?? null,
      is_local: entry?.is_local ?? track?.is_local ?? false,
      item_type: track?.type ?? null,
      track_id: track?.id ?? null,
      track_uri: track?.uri ?? null,
      ...(track ? trackColumns(track) : NO_TRACK),
    };
  },
  deletes: (record) => ('gone' in record ? { playlist_id: record.playlist_id, position: record.position } : undefined),
});

type Version = NonNullable<PlaylistVersion>;

/** First what is gone, then what changed, playlist by playlist; those with the version that was read are left alone. */
async function* readChanged({
  http,
  cursor,
  notice,
}: Pick<ExtractContext<PlaylistItemsCursor, object>, 'http' | 'cursor' | 'notice'>): AsyncGenerator<
  Emission<PlaylistItemsCursor>
> {
  const listed = await versionsOf(http);
  const read = new Map(Object.entries(cursor.playlists));
  const mark = () => ({ mark: { playlists: Object.fromEntries(read) } });
  for (const [id, { items }] of [...read].filter(([id]) => !listed.has(id))) {
    yield* emptied(http, id, 0, items);
    read.delete(id);
  }
  const readContents = contentsReader(http);
  let [unmarked, hidden] = [0, 0];
  for (const { id, snapshot_id, ...listing } of listed.values()) {
    const before = read.get(id);
    if (before?.snapshot_id === snapshot_id) continue;
    // Contents that the list leaves out are refused to whoever asks.
    const items = contentsOf(listing) ? yield* readContents(id) : undefined;
    if (items === undefined) hidden += 1;
    else {
      yield* emptied(http, id, items, before?.items ?? 0);
      read.set(id, { snapshot_id, items });
      unmarked += items;
    }
    if (unmarked < ITEMS_A_MARK) continue;
    yield mark();
    unmarked = 0;
  }
  if (hidden > 0) notice(`${hidden} playlists whose contents Spotify does not show, such as those of others`);
  yield mark();
}

/** A line each, so that no number of them is too much to hold. */
async function versionsOf(http: Http): Promise<Map<string, Version>> {
  const versions = new Map<string, Version>();
  for await (const { lines, url } of wholeList(http, 'me/playlists'))
    for (const line of lines) {
      const version = parseValue(PlaylistVersion, parseLine(line), `GET ${url}`);
      if (version !== null) versions.set(version.id, version);
    }
  return versions;
}

/** Says of the places from one to another that nothing stands there any more. */
function* emptied(http: Http, playlist_id: string, from: number, to: number): Generator<Page> {
  const places = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  const records = places.map((position) => ({ playlist_id, position, gone: true }));
  if (records.length > 0) yield { records, url: http.resolve(`playlists/${playlist_id}`).href };
}

const NO_TRACK: Readonly<Record<keyof ReturnType<typeof trackColumns>, null>> = {
  track_name: null,
  artist_id: null,
  artist_name: null,
  artists: null,
  album_id: null,
  album_name: null,
  release_date: null,
  duration_ms: null,
  explicit: null,
  isrc: null,
  popularity: null,
};
