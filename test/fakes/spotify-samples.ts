/** Invented records in the shapes of Spotify's OpenAPI description. Numbers tell them apart. */
type Fields = Readonly<Record<string, unknown>>;

const links = (type: string, id: string): Fields => ({
  external_urls: { spotify: `https://open.spotify.com/${type}/${id}` },
  href: `https://api.spotify.com/v1/${type}s/${id}`,
  uri: `spotify:${type}:${id}`,
  type,
  id,
});

const simpleArtist = (number: number): Fields => ({ ...links('artist', `artist${number}`), name: `Artist ${number}` });

export const artist = (number: number, fields: Fields = {}): Fields & { readonly id: string } => ({
  ...simpleArtist(number),
  id: `artist${number}`,
  genres: [],
  images: [],
  ...fields,
});

const albumBase = (number: number): Fields => ({
  ...links('album', `album${number}`),
  name: `Album ${number}`,
  album_type: 'album',
  total_tracks: 10,
  release_date: number % 2 === 0 ? '2025-01-02' : '2025',
  release_date_precision: number % 2 === 0 ? 'day' : 'year',
  images: [{ height: 640, width: 640, url: `https://i.scdn.example/${number}` }],
  artists: [simpleArtist(number)],
});

/** With its first tracks, which are a list of pages themselves. */
export const album = (number: number, fields: Fields = {}): Fields => ({
  ...albumBase(number),
  copyrights: [],
  external_ids: { upc: `upc${number}` },
  genres: [],
  tracks: { href: '', items: [], limit: 50, next: null, offset: 0, previous: null, total: 10 },
  ...fields,
});

export const track = (number: number, fields: Fields = {}): Fields => ({
  ...links('track', `track${number}`),
  name: `Track ${number}`,
  album: albumBase(number),
  artists: [simpleArtist(number), simpleArtist(number + 1)],
  disc_number: 1,
  track_number: 9,
  duration_ms: 200_000 + number,
  explicit: false,
  is_local: false,
  preview_url: null,
  external_ids: { isrc: `ISRC${number}` },
  ...fields,
});

/** Also what older apps still get: https://developer.spotify.com/documentation/web-api/references/changes/february-2026 */
export const olderTrack = (number: number): Fields =>
  track(number, { available_markets: ['DE'], linked_from: {}, popularity: 40 + number });

/** As little as there may be. */
export const bareTrack = (number: number): Fields => {
  const { id, uri, type, name, duration_ms } = track(number);
  return { id, uri, type, name, duration_ms };
};

/** Whose account it is. */
export const me: Fields = { ...links('user', 'user-1'), account_id: 'account-1', display_name: 'user-1', images: [] };

const two = (number: number): string => String(number % 60).padStart(2, '0');

const contextOf = ({ type, href, external_urls, uri }: Fields): Fields => ({ type, href, external_urls, uri });

/** The higher the number, the later. */
export const play = (number: number): Fields => ({
  track: track(number),
  played_at: `2026-11-20T10:${two(number)}:00.497Z`,
  context: number % 2 === 0 ? contextOf(links('album', `album${number}`)) : null,
});

export const saved = (number: number, fields: Fields = {}): Fields => ({
  added_at: `2026-01-01T10:${two(number)}:00Z`,
  track: track(number),
  ...fields,
});

export const savedAlbum = (number: number, fields: Fields = {}): Fields => ({
  added_at: `2026-01-01T10:${two(number)}:00Z`,
  album: album(number),
  ...fields,
});

export const playlist = (number: number, { total, version = 1 }: { total: number; version?: number }): Fields => ({
  ...links('playlist', `list${number}`),
  name: `Playlist ${number}`,
  description: '',
  public: number % 2 === 0,
  collaborative: false,
  owner: { ...links('user', 'user-1'), display_name: 'user-1' },
  images: null,
  primary_color: null,
  snapshot_id: `version-${version}-of-list-${number}`,
  items: { href: `https://api.spotify.com/v1/playlists/list${number}/items`, total },
});

export const entry = (number: number, fields: Fields = {}): Fields => ({
  added_at: `2026-05-20T08:${two(number)}:05Z`,
  added_by: links('user', 'user-1'),
  is_local: false,
  primary_color: null,
  item: track(number),
  video_thumbnail: { url: null },
  ...fields,
});
