import { serviceContract } from '../../test/contracts/service.ts';
import { numbered } from '../../test/fakes/oauth-service.ts';
import { EMPTY, type SpotifyContents, startSpotify } from '../../test/fakes/spotify.ts';
import {
  album,
  artist,
  bareTrack,
  entry,
  play,
  playlist,
  saved,
  savedAlbum,
  track,
} from '../../test/fakes/spotify-samples.ts';

/** Small pages, so that there are several. */
const account = (contents: Partial<SpotifyContents>): SpotifyContents => ({ ...EMPTY, pageSize: 2, ...contents });

const of = (name: keyof SpotifyContents) => (records: readonly unknown[], rows: number) => ({
  contents: account({ [name]: records }),
  rows,
});

const empty = { contents: account({}), rows: 0 };
/** `records` without the one at the place, or with another one there. */
const but = (records: readonly unknown[], place: number, ...instead: readonly unknown[]): unknown[] =>
  records.toSpliced(place, 1, ...instead);
const inserted = (records: readonly unknown[], place: number, record: unknown): unknown[] =>
  records.toSpliced(place, 0, record);

const plays = of('plays');
/** Newest first, as the API has them. */
const played = [5, 4, 3, 2].map((number) => play(number));

const tracks = of('savedTracks');
const savedFirst = [5, 4, 3, 2, 1].map((number) => saved(number));

const albums = of('savedAlbums');
const albumsFirst = [4, 3, 2].map((number) => savedAlbum(number));

const lists = of('playlists');
const listsFirst = [playlist(1, { total: 3 }), playlist(2, { total: 2 }), playlist(3, { total: 0 })];

/** Playlist `list-1` has these, and a version of its own; `list-2` never changes. */
const items = (entries: readonly unknown[], version: number, rows: number) => ({
  contents: account({
    playlists: [playlist(1, { total: entries.length, version }), playlist(2, { total: 1 })],
    items: { list1: entries, list2: [entry(9)] },
  }),
  rows,
});
const entries = [1, 2, 3].map((number) => entry(number));

const topTracks = of('topTracks');
const tracksFirst = [1, 2, 3].map((number) => track(number));

const topArtists = of('topArtists');
const artistsFirst = [1, 2, 3].map((number) => artist(number));

const followed = of('followed');

const OFFSETS =
  'Of a run that is killed while it reads such a list nothing is kept: Spotify numbers the entries, and by the next run they may have moved.';

await serviceContract<SpotifyContents>('spotify', {
  module: new URL('./index.ts', import.meta.url),
  open: () => startSpotify(),
  streams: {
    recently_played: {
      first: plays(played, 4),
      news: plays([play(7), play(6), ...played], 6),
      late: plays(inserted(played, 3, { ...play(2), played_at: '2026-11-20T10:02:30.500Z' }), 5),
      empty,
      without: plays(but(played, 1, { ...play(4), context: undefined }), 4),
      retyped: plays(but(played, 1, { ...play(4), track: { ...track(4), duration_ms: 'long' } }), 3),
      paged: 'one request',
      cannot: {
        edited: 'A play that was loaded stays as it is, whatever becomes of the track.',
        deleted: 'Spotify does not say that a play was removed; it only forgets all but the last 50.',
      },
    },
    saved_tracks: {
      first: tracks(savedFirst, 5),
      news: tracks([saved(6), ...savedFirst], 6),
      late: tracks(inserted(savedFirst, 4, saved(9, { added_at: '2026-01-01T00:00:30Z' })), 6),
      edited: tracks(but(savedFirst, 2, saved(3, { track: track(3, { name: 'Track 3 (remaster)' }) })), 5),
      deleted: tracks(but(savedFirst, 3), 4),
      cut: account({ savedTracks: savedFirst, isCut: true }),
      empty,
      without: tracks(but(savedFirst, 1, { track: track(4) }), 4),
      retyped: tracks(but(savedFirst, 1, saved(4, { added_at: 20_261_120 })), 4),
      cannot: { 'killed-midway': OFFSETS },
      many: (count) => ({
        contents: account({
          savedTracks: numbered(count, (number) => saved(number, { track: bareTrack(number) })),
          pageSize: 50,
        }),
        rows: count,
      }),
    },
    saved_albums: {
      first: albums(albumsFirst, 3),
      news: albums([savedAlbum(5), ...albumsFirst], 4),
      late: albums(inserted(albumsFirst, 3, savedAlbum(9, { added_at: '2026-01-01T00:00:30Z' })), 4),
      edited: albums(but(albumsFirst, 1, savedAlbum(3, { album: album(3, { total_tracks: 12 }) })), 3),
      deleted: albums(but(albumsFirst, 0), 2),
      cut: account({ savedAlbums: albumsFirst, isCut: true }),
      empty,
      without: albums(but(albumsFirst, 1, savedAlbum(3, { album: album(3, { external_ids: undefined }) })), 3),
      retyped: albums(but(albumsFirst, 1, savedAlbum(3, { album: album(3, { artists: 'nobody' }) })), 2),
      cannot: { 'killed-midway': OFFSETS },
    },
    playlists: {
      first: lists(listsFirst, 3),
      news: lists([...listsFirst, playlist(4, { total: 1 })], 4),
      late: lists([playlist(5, { total: 1 }), ...listsFirst], 4),
      edited: lists(but(listsFirst, 1, { ...playlist(2, { total: 2 }), name: 'Playlist 2, renamed' }), 3),
      deleted: lists(but(listsFirst, 0), 2),
      cut: account({ playlists: listsFirst, isCut: true }),
      empty,
      without: lists(but(listsFirst, 1, { ...playlist(2, { total: 2 }), items: undefined }), 3),
      retyped: lists(but(listsFirst, 1, { ...playlist(2, { total: 2 }), owner: 'user-2' }), 2),
      cannot: { 'killed-midway': OFFSETS },
    },
    playlist_items: {
      first: items(entries, 1, 4),
      news: items([...entries, entry(4)], 2, 5),
      late: items(inserted(entries, 1, entry(8, { added_at: '2020-01-01T00:00:00Z' })), 2, 5),
      edited: items(but(entries, 1, entry(5)), 2, 4),
      deleted: items(but(entries, 1), 2, 3),
      empty,
      without: items(but(entries, 1, { item: track(2) }), 1, 4),
      retyped: items(but(entries, 1, entry(2, { item: track(2, { uri: 2 }) })), 1, 3),
      paged: items(
        Array.from({ length: 140 }, (_, number) => entry(number)),
        1,
        141,
      ),
    },
    top_tracks: {
      options: { time_range: 'short_term' },
      first: topTracks(tracksFirst, 3),
      news: topTracks([track(4), ...tracksFirst], 4),
      late: topTracks([...tracksFirst, track(5)], 4),
      edited: topTracks(but(tracksFirst, 1, track(2, { name: 'Track 2 (remaster)' })), 3),
      deleted: topTracks(but(tracksFirst, 0), 2),
      empty,
      without: topTracks(but(tracksFirst, 1, track(2, { external_ids: undefined })), 3),
      retyped: topTracks(but(tracksFirst, 1, track(2, { name: 2 })), 2),
      cannot: { 'killed-midway': OFFSETS },
    },
    top_artists: {
      first: topArtists(artistsFirst, 3),
      news: topArtists([artist(4), ...artistsFirst], 4),
      late: topArtists([...artistsFirst, artist(5)], 4),
      edited: topArtists(but(artistsFirst, 1, artist(2, { genres: ['genre-2'] })), 3),
      deleted: topArtists(but(artistsFirst, 2), 2),
      empty,
      without: topArtists(but(artistsFirst, 1, artist(2, { genres: undefined })), 3),
      retyped: topArtists(but(artistsFirst, 1, artist(2, { genres: 'many' })), 2),
      cannot: { 'killed-midway': OFFSETS },
    },
    followed_artists: {
      first: followed(artistsFirst, 3),
      news: followed([...artistsFirst, artist(4)], 4),
      late: followed([artist(5), ...artistsFirst], 4),
      edited: followed(but(artistsFirst, 1, artist(2, { name: 'Artist 2, renamed' })), 3),
      deleted: followed(but(artistsFirst, 1), 2),
      cut: account({ followed: artistsFirst, isCut: true }),
      empty,
      without: followed(but(artistsFirst, 1, artist(2, { uri: undefined })), 2),
      retyped: followed(but(artistsFirst, 1, artist(2, { name: { first: 'Artist' } })), 2),
      paged: followed(
        Array.from({ length: 140 }, (_, number) => artist(number)),
        140,
      ),
    },
  },
});
