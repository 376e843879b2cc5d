/**
 * What the Web API answers, before and after February 2026: only the fields that are used.
 * https://developer.spotify.com/documentation/web-api/references/changes/february-2026
 */
import { recordsHere } from '@tidemill/kit';
import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });

/** What holds a page together; its items are checked one by one when they are loaded. */
export const ListPage = z.object({
  items: recordsHere(),
  next: z.string().nullish(),
  total: z.int().nullish(),
});

/** The newest plays; `cursors` is null when there are none, its values are epoch milliseconds as text. */
export const PlaysPage = z.object({
  items: recordsHere(),
  cursors: z.object({ after: z.string().regex(/^\d+$/).nullish() }).nullish(),
});

export const FollowedPage = z.object({
  artists: z.object({
    items: recordsHere(),
    cursors: z.object({ after: z.string().nullish() }).nullish(),
    total: z.int().nullish(),
  }),
});

/** In the entry of an episode it may say nothing at all: https://github.com/aome510/spotify-player/issues/494 */
const SimpleArtist = z.object({ id: z.string().nullish(), name: z.string().nullish() });

/** A track, an episode, or a file of the user's own, which has no id and next to nothing else. */
export const Track = z.object({
  id: z.string().nullish(),
  uri: z.string(),
  name: z.string(),
  type: z.string(),
  duration_ms: z.int(),
  explicit: z.boolean().nullish(),
  is_local: z.boolean().nullish(),
  disc_number: z.int().nullish(),
  track_number: z.int().nullish(),
  /** Until 2026. */
  popularity: z.int().nullish(),
  external_ids: z.object({ isrc: z.string().nullish() }).nullish(),
  artists: z.array(SimpleArtist).nullish(),
  album: z
    .object({ id: z.string().nullish(), name: z.string().nullish(), release_date: z.string().nullish() })
    .nullish(),
  /** Of an episode. */
  show: z.object({ id: z.string().nullish(), name: z.string().nullish() }).nullish(),
});
export type Track = z.infer<typeof Track>;

/** A page may hold null where something is no longer to be had. */
export const Play = z
  .object({
    played_at: instant,
    track: Track,
    context: z.object({ type: z.string().nullish(), uri: z.string().nullish() }).nullish(),
  })
  .nullable();

export const SavedTrack = z.object({ added_at: instant, track: Track.extend({ id: z.string() }) }).nullable();

const Album = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  album_type: z.string(),
  /** Not in every old answer: https://github.com/zmb3/spotify/blob/master/test_data/current_users_albums.txt */
  total_tracks: z.int().nullish(),
  release_date: z.string().nullish(),
  release_date_precision: z.string().nullish(),
  artists: z.array(SimpleArtist),
  genres: z.array(z.string()).nullish(),
  external_ids: z.object({ upc: z.string().nullish() }).nullish(),
  /** Until 2026, and so is popularity. */
  label: z.string().nullish(),
  popularity: z.int().nullish(),
});

export const SavedAlbum = z.object({ added_at: instant, album: Album }).nullable();

/**
 * `items` was called `tracks` before 2026; neither is there when the contents are not to be had. Of a list that Spotify makes for
 * the user the total may be null: https://github.com/aome510/spotify-player/issues/398
 */
const Contents = z.object({ total: z.int().nullish() }).nullish();

/** A playlist, as far as its items need it. */
export const PlaylistVersion = z
  .object({ id: z.string(), snapshot_id: z.string(), items: z.unknown().optional(), tracks: z.unknown().optional() })
  .nullable();
export type PlaylistVersion = z.infer<typeof PlaylistVersion>;

export const Playlist = z
  .object({
    id: z.string(),
    snapshot_id: z.string(),
    items: Contents,
    tracks: Contents,
    uri: z.string(),
    name: z.string(),
    description: z.string().nullish(),
    public: z.boolean().nullish(),
    collaborative: z.boolean().nullish(),
    owner: z.object({ id: z.string(), display_name: z.string().nullish() }),
  })
  .nullable();

const PlaylistEntry = z.object({
  added_at: instant.nullish(),
  added_by: z.object({ id: z.string().nullish() }).nullish(),
  is_local: z.boolean().nullish(),
  item: Track.nullish(),
  /** What `item` was called before 2026. */
  track: Track.nullish(),
});

/** An entry and where it stands, which it does not say itself; or a place where none stands any more. */
export const PlaylistItem = z.union([
  z.object({ playlist_id: z.string(), position: z.int(), entry: PlaylistEntry.nullable() }),
  z.object({ playlist_id: z.string(), position: z.int(), gone: z.literal(true) }),
]);

export const Artist = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  genres: z.array(z.string()).nullish(),
  /** Until 2026, and so is popularity. */
  followers: z.object({ total: z.int().nullish() }).nullish(),
  popularity: z.int().nullish(),
});
export type Artist = z.infer<typeof Artist>;

const Place = z.object({ snapshot_date: z.string(), time_range: z.string(), rank: z.int() });
const EmptyPlace = Place.extend({ gone: z.literal(true) });

/** A track or artist and its place, which it does not say itself; or a place that nothing holds any more. */
const ranked = <T extends z.ZodType>(item: T) => z.union([Place.extend({ item: item.nullable() }), EmptyPlace]);

export const TopTrack = ranked(Track);
export const TopArtist = ranked(Artist);

export const PlaysCursor = z.object({
  /** When the newest known play was, epoch milliseconds; null before the first. */
  after: z.int().nullable(),
});

export const TopCursor = z.object({
  /** The list that was read last, and how long it was; null before the first. */
  last: z.object({ snapshot_date: z.string(), time_range: z.string(), ranks: z.int() }).nullable(),
});
export type TopCursor = z.infer<typeof TopCursor>;

const PlaylistRead = z.object({
  /** The version that was read; empty where none was, to its end. */
  snapshot_id: z.string(),
  /** At how many places there may be rows. */
  items: z.int(),
  /** The version that is being read, and how many of its items are out. */
  reading: z.object({ snapshot_id: z.string(), items: z.int() }).optional(),
});

export const PlaylistItemsCursor = z.object({ playlists: z.record(z.string(), PlaylistRead) });
export type PlaylistItemsCursor = z.infer<typeof PlaylistItemsCursor>;
