/** Tokens that are good for one address each. */
import { TidemillError, type Tokens } from '@tidemill/kit';
import { openServiceHttp } from '@tidemill/kit/service-http';
import { expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import { MemoryBucket } from '../../test/fakes/memory-bucket.ts';
import { tokenKeeper } from './keep-tokens.ts';

function keeperOf(tokens: Partial<Tokens> = {}) {
  const clock = fakeClock('2026-11-21T06:00:00Z');
  const [made, seen]: [string[], string[]] = [[], []];
  const declared: Tokens = {
    seed: 'ACME_KEY',
    url: 'https://auth.example/token',
    rotation: 'never',
    perAddress: true,
    async refresh(_, { audience, now }) {
      made.push(audience ?? 'none');
      return { access: `token-${made.length}`, expiresAt: new Date(now.getTime() + 3_600_000) };
    },
    ...tokens,
  };
  const onSecret = async (secret: string): Promise<void> => void seen.push(secret);
  const world = { bucket: new MemoryBucket(), clock, random: () => 0, env: {}, runId: 'run', onSecret };
  const request = { service: 'acme', tokens: declared, credentials: { ACME_KEY: 'key' }, secrets: ['key'] };
  const accessToken = tokenKeeper(world)({ ...request, authUrl: undefined, baseUrl: undefined });
  return { accessToken, clock, declared, made, seen };
}

it('are made for each address, kept for it, and renewed for it alone', async () => {
  const { accessToken, made, seen } = keeperOf();
  expect([await accessToken(undefined, 'a'), await accessToken(undefined, 'b')]).toEqual(['token-1', 'token-2']);
  expect(await accessToken(undefined, 'a')).toBe('token-1');
  expect(await accessToken('token-2', 'b')).toBe('token-3');
  expect([await accessToken(undefined, 'a'), await accessToken(undefined, 'b')]).toEqual(['token-1', 'token-3']);
  expect(made).toEqual(['a', 'b', 'b']);
  expect(seen.filter((secret) => secret !== 'key')).toEqual(['token-1', 'token-2', 'token-3']);
});

it.each<[true | undefined, readonly string[]]>([
  [true, ['Bearer token-1', 'Bearer token-2', 'Bearer token-3', 'Bearer token-1']],
  [undefined, ['Bearer token-1', 'Bearer token-1', 'Bearer token-2', 'Bearer token-2']],
])('go with the requests to their addresses, where it is declared so (%s)', async (perAddress, expected) => {
  const server = await fakeSource();
  const { accessToken, clock, declared, made } = keeperOf();
  const tokens = { ...declared, perAddress } as Tokens;
  const access = { baseUrl: `${server.url}/v1`, credentials: {}, secrets: [], accessToken };
  const http = openServiceHttp({ tokens }, access, { clock, random: () => 0, signal: new AbortController().signal });
  onTestFinished(() => http.close());
  server.expect('GET /v1/x?day=1', { body: 'one' });
  server.expect('GET /v1/x?day=2', { status: 401 });
  server.expect('GET /v1/x?day=2', { body: 'two' });
  server.expect('GET /v1/x?day=1', { body: 'one' });
  for (const day of [1, 2, 1]) await http.bytes('x', { query: { day } });
  expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(expected);
  expect(made).toEqual(perAddress ? [1, 2, 2].map((day) => `${server.url}/v1/x?day=${day}`) : ['none', 'none']);
});

it('name their remedy when what they are made of is refused', async () => {
  const { accessToken } = keeperOf({
    renewal: 'Make a new key.',
    refresh: () => Promise.reject(new TidemillError('auth', 'oauth-grant', 'no')),
  });
  expect(await failureOf(accessToken(undefined, 'a'))).toMatchObject({
    code: 'token-refused',
    message: 'acme does not accept ACME_KEY any more',
    hint: 'Make a new key.',
  });
});
