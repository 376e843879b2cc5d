/**
 * What the user keeps: lists that are read whole each time. Spotify has no way to ask for what was removed, and a removal
 * is seen by nothing but a full reading; that costs one request for 50 entries.
 */
import { cursorToken, goOn, stream } from '@tidemill/kit';
import { FollowedArtistRow, SavedAlbumRow, SavedTrackRow } from '../rows.ts';
import { Artist, FollowedPage, SavedAlbum, SavedTrack } from '../schema.ts';
import { artistColumns, trackColumns } from './columns.ts';
import { LIMIT, wholeList } from './walk.ts';

export const savedTracks = stream({
  name: 'saved_tracks',
  description: "Tracks in the user's library; what was removed there is removed here.",
  source: SavedTrack,
  row: SavedTrackRow,
  preview: true,
  key: ['track_id'],
  indexes: ['added_at'],
  write: 'upsert',
  scope: 'everything',
  end: 'total',
  method: 'api_json',
  oauthScopes: ['user-library-read'],
  extract: ({ http }) => wholeList(http, 'me/tracks'),
  toRow: (saved) =>
    saved === null
      ? []
      : {
          track_id: saved.track.id,
          track_uri: saved.track.uri,
          added_at: saved.added_at,
          ...trackColumns(saved.track),
        },
});

export const savedAlbums = stream({
  name: 'saved_albums',
  description: "Albums in the user's library; what was removed there is removed here.",
  source: SavedAlbum,
  row: SavedAlbumRow,
  preview: true,
  key: ['album_id'],
  indexes: ['added_at'],
  write: 'upsert',
  scope: 'everything',
  end: 'total',
  method: 'api_json',
  oauthScopes: ['user-library-read'],
  extract: ({ http }) => wholeList(http, 'me/albums'),
  toRow(saved) {
    if (saved === null) return [];
    const { album } = saved;
    const [first] = album.artists;
    return {
      album_id: album.id,
      album_uri: album.uri,
      added_at: saved.added_at,
      album_name: album.name,
      album_type: album.album_type,
      artist_id: first?.id ?? null,
      artist_name: first?.name ?? null,
      artists: album.artists,
      total_tracks: album.total_tracks ?? null,
      release_date: album.release_date ?? null,
      release_date_precision: album.release_date_precision ?? null,
      genres: album.genres ?? null,
      upc: album.external_ids?.upc ?? null,
      label: album.label ?? null,
      popularity: album.popularity ?? null,
    };
  },
});

export const followedArtists = stream({
  name: 'followed_artists',
  description: 'Artists the user follows; who is no longer followed is removed.',
  source: Artist.nullable(),
  row: FollowedArtistRow,
  preview: true,
  key: ['artist_id'],
  write: 'upsert',
  scope: 'everything',
  end: 'total',
  // A page begins behind the last artist of the one before: https://developer.spotify.com/documentation/web-api/reference/get-followed
  pageTokens: { goodForHours: 24 },
  method: 'api_json',
  oauthScopes: ['user-follow-read'],
  async *extract({ http, resume }) {
    const totals = new Set<number>();
    const query = { type: 'artist', limit: LIMIT };
    yield* goOn(resume, (from) =>
      cursorToken(http, 'me/following', query, {
        parameter: 'after',
        schema: FollowedPage,
        records: 'artists.items',
        next({ artists: { cursors, total } }) {
          if (typeof total === 'number') totals.add(total);
          return cursors?.after;
        },
        from,
        after: (_, artist) => ({ resume: artist, told: [...totals] }),
      }),
    );
    yield { complete: [...totals] };
  },
  toRow: (artist) => (artist === null ? [] : artistColumns(artist)),
});
