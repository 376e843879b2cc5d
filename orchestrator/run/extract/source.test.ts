import { type Emission, type KeepTokens, pageNumber, type Stream, type Tokens } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { recordsOf } from '../../../test/fakes/extract.ts';
import { fakeSource } from '../../../test/fakes/http-client.ts';
import { events } from '../../../test/fixtures/connectors/sound.ts';
import { extract, type Source } from './source.ts';

const stream = {
  ...events,
  extract: ({ http }: Parameters<typeof events.extract>[0]) => pageNumber(http, 'events'),
} as unknown as Stream;

async function read(
  source: Pick<Source, 'baseUrl' | 'http' | 'tokens'>,
  keepTokens: KeepTokens = () => expect.unreachable('a source without tokens'),
): Promise<Emission<unknown>[]> {
  const env = { SOUND_TOKEN: 'sesame-4711' };
  const connector = { package: 'sound', version: '1' };
  const credentials = [{ name: 'SOUND_TOKEN', description: 'The token.' }];
  const emissions: Emission<unknown>[] = [];
  for await (const emission of extract(
    { ...source, stream, connector, options: {}, isPublic: false, service: 'sound', credentials },
    {
      cursor: events.cursor?.start,
      interval: { start: new Date('2026-11-20T00:00:00Z'), end: new Date('2026-11-21T00:00:00Z') },
      now: new Date('2026-11-21T00:00:00Z'),
      until: undefined,
      signal: new AbortController().signal,
      system: { env, cwd: '/' },
      notice: () => undefined,
      mode: 'incremental',
      said: () => undefined,
      openBucket: () => Promise.reject(new Error('a source without buckets')),
      clock: fakeClock(),
      random: () => 0.5,
      keepTokens,
    },
  )) {
    emissions.push(emission);
  }
  return emissions;
}

it('asks with the headers that the connector makes of its credentials', async () => {
  const server = await fakeSource();
  server.expect('GET /events?page=1', ({ headers }) => ({ json: [{ asked: headers['x-key'] }] }));
  server.expect('GET /events?page=2', { json: [] });
  const authorize = async ({ SOUND_TOKEN: key = '' }: Readonly<Record<string, string>>) => ({ 'x-key': key });
  const emissions = await read({ baseUrl: server.url, http: { authorize } });
  expect(emissions.flatMap(recordsOf)).toEqual([{ asked: 'sesame-4711' }]);
});

it('lets the connector say what an answer means', async () => {
  const server = await fakeSource();
  server.expect('GET /events?page=1', { json: { error: 'token expired' } });
  const classify = () => ({ kind: 'auth' as const, code: 'sound-expired', message: 'The token has expired' });
  await expect(read({ baseUrl: server.url, http: { classify } })).rejects.toMatchObject({ code: 'sound-expired' });
});

it("keeps the vendor's limits", async () => {
  const server = await fakeSource();
  server.expect('GET /events?page=1', { json: [1] });
  const limits = [{ requests: 1, perSeconds: 3600, source: 'https://sound.example/limits' }];
  await expect(read({ baseUrl: server.url, http: { limits } })).rejects.toMatchObject({ kind: 'quota' });
});

it('refuses HTTP to a connector without an address', async () => {
  await expect(read({ baseUrl: undefined, http: {} })).rejects.toMatchObject({ code: 'no-base-url' });
});

const tokens: Tokens = {
  seed: 'SOUND_TOKEN',
  url: 'https://sound.example/token',
  rotation: 'never',
  refresh: () => expect.unreachable('whoever keeps the tokens refreshes them'),
};

/** Hands out token-1; asked for another than that, token-2. */
function keeper(): { keepTokens: KeepTokens; refused: (string | undefined)[] } {
  const refused: (string | undefined)[] = [];
  let current = 'token-1';
  const keepTokens: KeepTokens = ({ service, credentials }) => {
    expect([service, credentials]).toEqual(['sound', { SOUND_TOKEN: 'sesame-4711' }]);
    return async (wrong) => {
      if (wrong !== undefined) refused.push(wrong);
      if (wrong === current) current = 'token-2';
      return current;
    };
  };
  return { keepTokens, refused };
}

it('asks with an access token, and once with another one when the source refuses it', async () => {
  const server = await fakeSource();
  const { keepTokens, refused } = keeper();
  server.expect('GET /events?page=1', { status: 401 });
  server.expect('GET /events?page=1', { json: [1] });
  server.expect('GET /events?page=2', { json: [] });
  await read({ baseUrl: server.url, http: {}, tokens }, keepTokens);
  const asked = server.requests.map(({ headers }) => headers['authorization']);
  expect([asked, refused]).toEqual([['Bearer token-1', 'Bearer token-2', 'Bearer token-2'], ['token-1']]);
});

it('gives up when the source refuses the other one too', async () => {
  const server = await fakeSource();
  server.expect('GET /events?page=1', { status: 401 });
  server.expect('GET /events?page=1', { status: 401 });
  const source = { baseUrl: server.url, http: {}, tokens };
  await expect(read(source, keeper().keepTokens)).rejects.toMatchObject({ kind: 'auth', code: 'http-unauthorized' });
});

it('lets the connector put the access token where the source wants it', async () => {
  const server = await fakeSource();
  server.expect('GET /events?page=1', { json: [] });
  const authorize = (_: unknown, token: string | undefined) => ({ 'x-token': String(token) });
  await read({ baseUrl: server.url, http: { authorize }, tokens }, keeper().keepTokens);
  expect(server.requests[0]?.headers['x-token']).toBe('token-1');
});
