import {
  type Emission,
  type ExtractContext,
  type Http,
  jsonLine,
  type Lines,
  type Page,
  parseLine,
  stream,
  TidemillError,
} from '@tidemill/kit';
import { PlaylistItemRow } from '../rows.ts';
import { PlaylistItem, PlaylistItemsCursor, PlaylistVersion } from '../schema.ts';
import { trackColumns } from './columns.ts';
import { contentsReader } from './contents.ts';
import { isWhole, listOf } from './walk.ts';

/** A mark costs a commit: so many requests are made between two of them. */
const REQUESTS_A_MARK = 20;

export const playlistItems = stream({
  name: 'playlist_items',
  description: 'What stands in the playlists, one row a place. Only playlists that changed are read again.',
  source: PlaylistItem,
  row: PlaylistItemRow,
  preview: true,
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
  const { versions, odd, isWhole } = await listing(http);
  const read = new Map(Object.entries(cursor.playlists));
  const mark = () => ({ mark: { playlists: Object.fromEntries(read) } });
  yield* odd;
  // A playlist that a list does not name is gone only where the list is whole and could be read.
  const isKnown = isWhole && odd.length === 0;
  for (const [id, { items }] of isKnown ? [...read].filter(([id]) => !versions.has(id)) : []) {
    yield* emptied(http, id, 0, items);
    read.delete(id);
  }
  const readContents = contentsReader(http);
  let [unmarked, hidden, short] = [0, 0, isWhole ? 0 : 1];
  for (const version of versions.values()) {
    const { id, snapshot_id } = version;
    const before = read.get(id);
    if (before?.snapshot_id === snapshot_id) continue;
    const pages = pagesOf(readContents, version, before);
    let page = await pages.next();
    for (; page.done !== true; page = await pages.next()) {
      const { out, ...lines } = page.value;
      yield lines;
      unmarked += 1;
      if (unmarked < REQUESTS_A_MARK) continue;
      // As long as it is this version, its items stand where they stood.
      const items = Math.max(out, before?.items ?? 0);
      read.set(id, { snapshot_id: before?.snapshot_id ?? '', items, reading: { snapshot_id, items: out } });
      yield mark();
      unmarked = 0;
    }
    const contents = page.value;
    if (contents === undefined) hidden += 1;
    else if (contents.isWhole) {
      yield* emptied(http, id, contents.items, before?.items ?? 0);
      read.set(id, { snapshot_id, items: contents.items });
    } else {
      // It keeps its old version, so that it is read again.
      read.set(id, { snapshot_id: before?.snapshot_id ?? '', items: Math.max(contents.items, before?.items ?? 0) });
      short += 1;
    }
  }
  if (hidden > 0) notice(`${hidden} playlists whose contents Spotify does not show, such as those of others`);
  yield mark();
  if (short > 0) throw tooShort(short);
}

/** From where an earlier run has broken off, with how many items are out behind each page. */
async function* pagesOf(
  readContents: ReturnType<typeof contentsReader>,
  { id, snapshot_id, items, tracks }: Version,
  before: PlaylistItemsCursor['playlists'][string] | undefined,
) {
  // Contents that the list leaves out are refused to whoever asks.
  if (!(items ?? tracks)) return undefined;
  let out = before?.reading?.snapshot_id === snapshot_id ? before.reading.items : 0;
  const pages = readContents(id, out);
  for (let page = await pages.next(); ; page = await pages.next()) {
    if (page.done === true) return page.value;
    out += page.value.lines.length;
    yield { ...page.value, out };
  }
}

interface Listing {
  /** By id. A line each, so that no number of them is too much to hold. */
  readonly versions: ReadonlyMap<string, Version>;
  /** What cannot be told apart, as records that no row can be made of: they are rejected. */
  readonly odd: readonly Lines[];
  /** They are all that Spotify says there are. */
  readonly isWhole: boolean;
}

async function listing(http: Http): Promise<Listing> {
  const versions = new Map<string, Version>();
  const odd: Lines[] = [];
  const pages = listOf(http, 'me/playlists');
  let came = 0;
  for (let page = await pages.next(); ; page = await pages.next()) {
    if (page.done === true) return { versions, odd, isWhole: isWhole(page.value, came) };
    const { lines, url } = page.value;
    came += lines.length;
    const unread = lines.filter((line) => {
      const { success, data } = PlaylistVersion.safeParse(parseLine(line));
      if (success && data !== null) versions.set(data.id, data);
      return !success;
    });
    if (unread.length > 0) odd.push({ lines: unread.map((playlist) => jsonLine({ playlist })), url });
  }
}

function tooShort(lists: number): TidemillError {
  return new TidemillError(
    'transient',
    'spotify-short-list',
    `${lists} of the lists that were read ended before the total that Spotify told`,
    {
      hint: 'What came is kept, nothing of them was deleted, and they are read again. If it lasts, Spotify contradicts itself: compare the playlists in the app.',
    },
  );
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
