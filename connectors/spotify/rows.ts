/** The silver rows. */
import { bigint, boolean, date, integer, jsonb, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

/** What most tables say of a track. */
const trackColumns = {
  track_name: text().describe('Name of the track or episode.'),
  artist_id: text().nullable().describe('Identifier of the first artist.'),
  artist_name: text().nullable().describe('Name of the first artist, or of the show of an episode.'),
  artists: jsonb().nullable().describe('Array of all artists, each with `id` and `name`.'),
  album_id: text().nullable().describe('Identifier of the album.'),
  album_name: text().nullable().describe('Name of the album.'),
  release_date: text().nullable().describe('When the album appeared: a year, a month or a day, as far as known.'),
  duration_ms: integer().describe('Length in milliseconds.'),
  explicit: boolean().nullable().describe('Whether the lyrics are marked explicit.'),
  isrc: text().nullable().describe('International Standard Recording Code.'),
  popularity: integer().nullable().describe('0 to 100; null since February 2026 for most apps.'),
};

export const PlayRow = z.object({
  played_at: timestamptz().describe('When it was played to its end, or left, to the millisecond.'),
  track_uri: text().describe('Spotify URI of the track.'),
  track_id: text().nullable().describe('Identifier of the track.'),
  ...trackColumns,
  context_type: text().nullable().describe('What it was played from: `album`, `artist`, `playlist` and so on.'),
  context_uri: text().nullable().describe('Spotify URI of what it was played from.'),
});

export const SavedTrackRow = z.object({
  track_id: text().describe('Identifier of the track.'),
  track_uri: text().describe('Spotify URI of the track.'),
  added_at: timestamptz().describe('When it was saved.'),
  ...trackColumns,
});

export const SavedAlbumRow = z.object({
  album_id: text().describe('Identifier of the album.'),
  album_uri: text().describe('Spotify URI of the album.'),
  added_at: timestamptz().describe('When it was saved.'),
  album_name: text().describe('Name of the album.'),
  album_type: text().describe('`album`, `single` or `compilation`.'),
  artist_id: text().nullable().describe('Identifier of the first artist.'),
  artist_name: text().nullable().describe('Name of the first artist.'),
  artists: jsonb().describe('Array of all artists, each with `id` and `name`.'),
  total_tracks: integer().nullable().describe('How many tracks it has.'),
  release_date: text().nullable().describe('When it appeared: a year, a month or a day, as far as known.'),
  release_date_precision: text().nullable().describe('`year`, `month` or `day`.'),
  genres: jsonb().nullable().describe('Array of genres; mostly empty.'),
  upc: text().nullable().describe('Universal Product Code.'),
  label: text().nullable().describe('Record label; null since February 2026 for most apps.'),
  popularity: integer().nullable().describe('0 to 100; null since February 2026 for most apps.'),
});

export const PlaylistRow = z.object({
  playlist_id: text().describe('Identifier of the playlist.'),
  playlist_uri: text().describe('Spotify URI of the playlist.'),
  name: text().describe('Name.'),
  description: text().nullable().describe('Description.'),
  is_public: boolean().nullable().describe('Whether it stands on the profile of its owner; null when nobody knows.'),
  is_collaborative: boolean().nullable().describe('Whether others may change it.'),
  owner_id: text().describe('Identifier of the user it belongs to.'),
  owner_name: text().nullable().describe('Name that user shows.'),
  snapshot_id: text().describe('Version of its contents.'),
  items: integer().nullable().describe('How many items it has; null when Spotify does not show its contents.'),
});

export const PlaylistItemRow = z.object({
  playlist_id: text().describe('Identifier of the playlist: `spotify.playlists`.'),
  position: integer().describe('Place in the playlist, from 0.'),
  added_at: timestamptz().nullable().describe('When it was added; null in very old playlists.'),
  added_by: text().nullable().describe('Identifier of the user who added it.'),
  is_local: boolean().describe("Whether it is a file of the user's own."),
  item_type: text().nullable().describe('`track` or `episode`; null when it is no longer to be had.'),
  track_id: text().nullable().describe('Identifier; null for local files and what is no longer to be had.'),
  track_uri: text().nullable().describe('Spotify URI.'),
  ...trackColumns,
  track_name: trackColumns.track_name.nullable().describe('Name of the track or episode.'),
  duration_ms: trackColumns.duration_ms.nullable().describe('Length in milliseconds.'),
});

const rankColumns = {
  snapshot_date: date().describe('Day the list was read, UTC.'),
  time_range: text().describe('`short_term` (four weeks), `medium_term` (six months) or `long_term` (a year).'),
  rank: integer().describe('Place in the list, from 1.'),
};

export const TopTrackRow = z.object({
  ...rankColumns,
  track_id: text().nullable().describe('Identifier of the track.'),
  track_uri: text().describe('Spotify URI of the track.'),
  ...trackColumns,
});

const artistColumns = {
  artist_id: text().describe('Identifier of the artist.'),
  artist_uri: text().describe('Spotify URI of the artist.'),
  artist_name: text().describe('Name.'),
  genres: jsonb().nullable().describe('Array of genres; often empty.'),
  followers: bigint().nullable().describe('How many follow the artist; null since February 2026 for most apps.'),
  popularity: integer().nullable().describe('0 to 100; null since February 2026 for most apps.'),
};

export const TopArtistRow = z.object({ ...rankColumns, ...artistColumns });
export const FollowedArtistRow = z.object(artistColumns);
