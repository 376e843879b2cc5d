/** A client that others wrote gets along with the fake: it is understood by more than our own connector. */
import SpotifyWebApi, { type List } from 'spotify-web-api-node';
import accounts from 'spotify-web-api-node/src/authentication-request.js';
import requests from 'spotify-web-api-node/src/base-request.js';
import api from 'spotify-web-api-node/src/webapi-request.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServiceFake } from '../contracts/service.ts';
import { EMPTY, type SpotifyContents, type SpotifyOptions, startSpotify } from './spotify.ts';
import { artist, entry, olderTrack, play, playlist, saved, savedAlbum, track } from './spotify-samples.ts';

interface Visit {
  readonly fake: ServiceFake<SpotifyContents>;
  readonly client: SpotifyWebApi;
}

/** The client has no setting for its addresses, only the place where it makes them. */
async function visit(contents: Partial<SpotifyContents> = {}, options: SpotifyOptions = {}): Promise<Visit> {
  const fake = await startSpotify(options);
  onTestFinished(() => fake.close());
  await fake.publish({ ...EMPTY, ...contents });
  const { hostname, port } = new URL(fake.baseUrl ?? '');
  const onLoopback = (token?: string) =>
    requests.builder().withScheme('http').withHost(hostname).withPort(Number(port)).withAuth(token);
  Object.assign(api, { builder: onLoopback });
  Object.assign(accounts, { builder: onLoopback });
  const client = clientOf(fake);
  await signIn(client);
  return { fake, client };
}

function clientOf({ credentials }: Visit['fake'], refreshToken = credentials['SPOTIFY_REFRESH_TOKEN'] ?? '') {
  const { SPOTIFY_CLIENT_ID: clientId = '', SPOTIFY_CLIENT_SECRET: clientSecret = '' } = credentials;
  return new SpotifyWebApi({ clientId, clientSecret, refreshToken });
}

async function signIn(client: SpotifyWebApi): Promise<void> {
  client.setAccessToken((await client.refreshAccessToken()).body.access_token);
}

/** Pages of two, as users of the client turn them: by the offset, until there is no next one. */
async function walked(ask: (place: { limit: number; offset: number }) => Promise<{ body: List }>): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let more = true; more; ) {
    const { body } = await ask({ limit: 2, offset: found.length });
    found.push(...body.items);
    more = body.next !== null;
    if (!more) expect(body.total).toBe(found.length);
  }
  return found;
}

const five = <T>(make: (number: number) => T): T[] => [5, 4, 3, 2, 1].map(make);
const time_range = 'short_term';

interface Walk {
  readonly contents: Partial<SpotifyContents>;
  readonly found: readonly unknown[];
  ask(client: SpotifyWebApi, place: { limit: number; offset: number }): Promise<{ body: List }>;
}

const tracks = five((number) => saved(number, { track: olderTrack(number) }));
const albums = five((number) => savedAlbum(number));
const ranked = five((number) => track(number));
const artists = five((number) => artist(number));

/** Its playlists are those of apps from before February 2026, the only ones it can read. */
const lists: Readonly<Record<string, Walk>> = {
  getMySavedTracks: {
    contents: { savedTracks: tracks },
    found: tracks,
    ask: (client, place) => client.getMySavedTracks(place),
  },
  getMySavedAlbums: {
    contents: { savedAlbums: albums },
    found: albums,
    ask: (client, place) => client.getMySavedAlbums(place),
  },
  getMyTopTracks: {
    contents: { topTracks: ranked },
    found: ranked,
    ask: (client, place) => client.getMyTopTracks({ ...place, time_range }),
  },
  getMyTopArtists: {
    contents: { topArtists: artists },
    found: artists,
    ask: (client, place) => client.getMyTopArtists({ ...place, time_range }),
  },
  getUserPlaylists: {
    contents: { playlists: five((number) => playlist(number, { total: number })), generation: 'before' },
    found: five((total) => expect.objectContaining({ id: `list${total}`, tracks: expect.objectContaining({ total }) })),
    ask: (client, place) => client.getUserPlaylists(place),
  },
  getPlaylistTracks: {
    contents: { items: { list1: five((number) => entry(number)) }, generation: 'before' },
    found: five((number) => expect.objectContaining({ track: track(number) })),
    ask: (client, place) => client.getPlaylistTracks('list1', place),
  },
};

it.each(Object.entries(lists))('%s finds everything, page by page', async (_, { contents, found, ask }) => {
  const { client } = await visit(contents);
  expect(await walked((place) => ask(client, place))).toEqual(found);
});

it('getMyRecentlyPlayedTracks goes back to the first play, and forth to news', async () => {
  const plays = five((number) => play(number));
  const { client, fake } = await visit({ plays });
  const found: unknown[] = [];
  const first = (await client.getMyRecentlyPlayedTracks({ limit: 2 })).body;
  for (let page = first; page.cursors !== null; ) {
    found.push(...page.items);
    page = (await client.getMyRecentlyPlayedTracks({ limit: 2, before: page.cursors.before })).body;
  }
  expect(found).toEqual(plays);
  await fake.publish({ ...EMPTY, plays: [play(6), ...plays] });
  const news = await client.getMyRecentlyPlayedTracks({ limit: 50, after: first.cursors?.after ?? '' });
  expect(news.body).toMatchObject({
    items: [play(6)],
    cursors: { after: String(Date.parse('2026-11-20T10:06:00.497Z')) },
  });
});

it('getFollowedArtists goes on after the last one', async () => {
  const { client } = await visit({ followed: artists });
  const found: unknown[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const { body } = await client.getFollowedArtists({ limit: 2, ...(after === undefined ? {} : { after }) });
    found.push(...body.artists.items);
    after = body.artists.cursors.after;
  }
  expect(found).toEqual(artists);
});

it('getMe says who is signed in, also after the token was renewed', async () => {
  const { client, fake } = await visit();
  const ours = { id: 'user-1', uri: 'spotify:user:user-1', href: expect.any(String), images: [] };
  expect((await client.getMe()).body).toMatchObject(ours);
  fake.expireTokens();
  await expect(client.getMe()).rejects.toMatchObject({ name: 'WebapiRegularError', statusCode: 401 });
  await signIn(client);
  expect((await client.getMe()).body).toMatchObject(ours);
});

describe('it recognises', () => {
  it('a refresh token that is not good', async () => {
    const { fake } = await visit();
    await expect(clientOf(fake, 'refresh-other').refreshAccessToken()).rejects.toMatchObject({
      name: 'WebapiAuthenticationError',
      statusCode: 400,
      message: expect.stringContaining('invalid_grant'),
    });
  });

  it('a limit, and how long to wait', async () => {
    const { client } = await visit({}, { perHalfMinute: 0 });
    const limited = { name: 'WebapiRegularError', statusCode: 429, headers: { 'retry-after': expect.any(String) } };
    await expect(client.getMe()).rejects.toMatchObject(limited);
  });

  it('a scope that is missing', async () => {
    const { client } = await visit({}, { scopes: ['user-read-private'] });
    const missing = { statusCode: 403, message: expect.stringContaining('Insufficient client scope') };
    await expect(client.getMySavedTracks({ limit: 2 })).rejects.toMatchObject(missing);
  });

  it('that playlists have another address since February 2026', async () => {
    const { client } = await visit({ items: { list1: [entry(1)] } });
    await expect(client.getPlaylistTracks('list1', {})).rejects.toMatchObject({ statusCode: 403 });
  });
});
