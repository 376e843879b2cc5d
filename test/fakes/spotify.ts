/** The Web API of Spotify for one account: https://developer.spotify.com/documentation/web-api/reference */
import type { ServiceFake } from '../contracts/service.ts';
import type { Reply } from './http-server.ts';
import { type ApiRequest, type Series, sliceOf, startOAuthService } from './oauth-service.ts';
import { apiError, badRequest, failure, forbidden, notFound, scopeMissing } from './spotify-errors.ts';
import { type Parameters, pageOf, wrongParameter } from './spotify-paging.ts';
import { me } from './spotify-samples.ts';

interface Titled {
  readonly [field: string]: unknown;
}

interface FakePlaylist extends Titled {
  readonly id: string;
}

/** Everything as apps have it since February 2026; `generation` turns it into what older apps get. */
export interface SpotifyContents {
  /** Newest first. */
  readonly plays: Series<unknown>;
  readonly savedTracks: Series<unknown>;
  readonly savedAlbums: Series<unknown>;
  readonly playlists: Series<unknown>;
  /** By playlist. One that is missing belongs to somebody else. */
  readonly items: Readonly<Record<string, Series<unknown>>>;
  readonly topTracks: Series<unknown>;
  readonly topArtists: Series<unknown>;
  readonly followed: Series<{ readonly id?: unknown }>;
  /** `before` February 2026: other paths and names. */
  readonly generation?: 'before' | 'since';
  /** Every list ends after its first page, whatever its total says. */
  readonly isCut?: boolean;
  /** The largest page, whatever is asked for; 50, the vendor's, if not given. */
  readonly pageSize?: number;
}

export const EMPTY: SpotifyContents = {
  plays: [],
  savedTracks: [],
  savedAlbums: [],
  playlists: [],
  items: {},
  topTracks: [],
  topArtists: [],
  followed: [],
};

export interface SpotifyOptions {
  readonly now?: () => Date;
  /** Requests in any 30 seconds; the vendor does not publish its number. */
  readonly perHalfMinute?: number;
  /** What the app was allowed; everything if not given. */
  readonly scopes?: readonly string[];
}

const SCOPES = [
  'user-read-private',
  'user-read-recently-played',
  'user-library-read',
  'playlist-read-private',
  'playlist-read-collaborative',
  'user-top-read',
  'user-follow-read',
];

export function startSpotify({
  now,
  perHalfMinute,
  scopes = SCOPES,
}: SpotifyOptions = {}): Promise<
  ServiceFake<SpotifyContents> & { readonly seen: readonly { readonly path: string }[] }
> {
  const sent: number[] = [];
  const meter = () => {
    const at = (now?.() ?? new Date(0)).getTime();
    const recent = sent.filter((time) => time > at - 30_000);
    sent.push(at);
    if (perHalfMinute === undefined || recent.length < perHalfMinute) return { headers: {} };
    return { headers: {}, refusal: failure(429, Math.ceil(((recent[0] ?? at) + 30_000 - at) / 1000)) };
  };
  return startOAuthService<SpotifyContents>({
    empty: EMPTY,
    authority: {
      clientId: 'spotify-client-1',
      clientSecret: 'spotify-secret-5c1d9e',
      clientAuthentication: 'basic',
      rotation: 'silent',
      scopes,
      // The vendor's hour ends before the second run of a trial, which is to meet tokens that were refused.
      accessTokenSeconds: 7_200,
      ...(now === undefined ? {} : { now }),
    },
    credentials: {
      clientId: 'SPOTIFY_CLIENT_ID',
      clientSecret: 'SPOTIFY_CLIENT_SECRET',
      refreshToken: 'SPOTIFY_REFRESH_TOKEN',
    },
    apiPath: '/v1',
    tokenPath: '/api/token',
    failure,
    meter,
    answer,
  });
}

interface Route {
  readonly path: RegExp;
  readonly scope: string;
  readonly parameters: Parameters;
  readonly answer: (request: ApiRequest, contents: SpotifyContents, match: RegExpExecArray) => Reply;
}

const LIMIT = /^(\d|[1-4]\d|50)$/;
const COUNT = /^\d+$/;
const MARKET = /^[A-Z]{2}$/;
const OFFSETS: Parameters = { limit: LIMIT, offset: COUNT };

/** A list of the account, whose pages are cut by offset. */
const listed = (path: RegExp, scope: string, name: 'savedTracks' | 'savedAlbums'): Route => ({
  path,
  scope,
  parameters: { ...OFFSETS, market: MARKET },
  answer: (request, contents) => ({ json: pageOf(request, contents[name], contents) }),
});

const routes: readonly Route[] = [
  {
    path: /^\/me\/player\/recently-played$/,
    scope: 'user-read-recently-played',
    parameters: { limit: LIMIT, after: COUNT, before: COUNT },
    answer: recentlyPlayed,
  },
  listed(/^\/me\/tracks$/, 'user-library-read', 'savedTracks'),
  listed(/^\/me\/albums$/, 'user-library-read', 'savedAlbums'),
  {
    path: /^\/me\/playlists$/,
    scope: 'playlist-read-private',
    parameters: OFFSETS,
    answer: (request, contents) => ({ json: pageOf(request, mapped(contents.playlists, contents), contents) }),
  },
  {
    path: /^\/playlists\/(\w+)\/(items|tracks)$/,
    scope: 'playlist-read-private',
    parameters: { ...OFFSETS, market: MARKET, fields: /./, additional_types: /^(track|episode)(,(track|episode))?$/ },
    answer: playlistItems,
  },
  {
    path: /^\/me\/top\/(tracks|artists)$/,
    scope: 'user-top-read',
    parameters: { ...OFFSETS, time_range: /^(short|medium|long)_term$/ },
    answer: (request, contents, [, type]) => {
      const list = type === 'tracks' ? contents.topTracks : contents.topArtists;
      return { json: pageOf(request, list, contents) };
    },
  },
  {
    path: /^\/me\/following$/,
    scope: 'user-follow-read',
    parameters: { type: /^artist$/, after: /^\w+$/, limit: LIMIT },
    answer: following,
  },
  {
    path: /^\/me$/,
    scope: 'user-read-private',
    parameters: {},
    answer: () => ({ json: me }),
  },
];

function answer(request: ApiRequest, contents: SpotifyContents): Reply {
  // Batch requests went away in February 2026.
  if (request.query['ids'] !== undefined) return forbidden();
  for (const route of routes) {
    const match = route.path.exec(request.path);
    if (match === null) continue;
    if (request.method !== 'GET') return apiError(405, 'Method not allowed');
    const wrong = wrongParameter(request.query, route.parameters);
    if (wrong !== undefined) return badRequest(wrong);
    return request.scopes.includes(route.scope) ? route.answer(request, contents, match) : scopeMissing();
  }
  return notFound();
}

/** The last 50 plays and no more, whatever is asked for. */
function recentlyPlayed({ query, base }: ApiRequest, { plays }: SpotifyContents): Reply {
  const { limit = '20', after, before } = query;
  if (after !== undefined && before !== undefined) return badRequest('Only one of after and before');
  const time = (play: unknown): number => Date.parse(String((play as { played_at?: unknown })?.played_at));
  const isAsked = (play: unknown): boolean =>
    (after === undefined || time(play) > Number(after)) && (before === undefined || time(play) < Number(before));
  const items = sliceOf(plays, 0, 50).filter(isAsked).slice(0, Number(limit));
  const address = `${base}/me/player/recently-played`;
  const href = `${address}?${new URLSearchParams(query)}`;
  const times = items.map(time).filter((at) => !Number.isNaN(at));
  if (times.length === 0) return { json: { items, next: null, cursors: null, limit: Number(limit), href } };
  const cursors = { after: String(Math.max(...times)), before: String(Math.min(...times)) };
  const next = `${address}?before=${cursors.before}&limit=${limit}`;
  return { json: { items, next, cursors, limit: Number(limit), href } };
}

/** Two addresses for one thing, of which an app has one; what belongs to others is refused. */
function playlistItems(request: ApiRequest, contents: SpotifyContents, [, id = '', name]: RegExpExecArray): Reply {
  const { generation = 'since', items: all } = contents;
  if (name === 'tracks' && generation === 'since') return forbidden();
  if (name === 'items' && generation === 'before') return notFound();
  const { [id]: items } = all;
  return items === undefined ? forbidden() : { json: pageOf(request, mapped(items, contents), contents) };
}

function following({ query, base }: ApiRequest, { followed, pageSize = 50, isCut = false }: SpotifyContents): Reply {
  const { type, after, limit = '20' } = query;
  if (type === undefined) return badRequest('Missing parameter type');
  const ids = sliceOf(followed, 0, followed.length).map((artist) => String(artist?.id));
  const start = after === undefined ? 0 : ids.indexOf(after) + 1;
  const items = sliceOf(followed, start, start + Math.min(Number(limit), pageSize));
  const last = ids[start + items.length - 1];
  const isLast = isCut || start + items.length >= followed.length || last === undefined;
  const link = `${base}/me/following?type=artist&limit=${limit}`;
  const artists = {
    href: link,
    items,
    limit: Number(limit),
    next: isLast ? null : `${link}&after=${last}`,
    cursors: { after: isLast ? null : last },
    total: followed.length,
  };
  return { json: { artists } };
}

/** Before February 2026 a playlist's `items` were its `tracks`, and the `item` of an entry its `track`. */
function mapped(series: Series<unknown>, { generation = 'since' }: SpotifyContents): Series<unknown> {
  if (generation === 'since') return series;
  return {
    length: series.length,
    at(index) {
      const { items, item, ...rest } = series.at(index) as FakePlaylist;
      return {
        ...rest,
        ...(items === undefined ? {} : { tracks: items }),
        ...(item === undefined ? {} : { track: item }),
      };
    },
  };
}
