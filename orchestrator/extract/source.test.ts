import { pageNumber, type Stream } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { fakeSource } from '../../test/fakes/http-client.ts';
import { events } from '../../test/fixtures/connectors/sound.ts';
import { extract, type Source } from './source.ts';

const stream = {
  ...events,
  extract: ({ http }: Parameters<typeof events.extract>[0]) => pageNumber(http, 'events'),
} as unknown as Stream;

async function read(source: Pick<Source, 'baseUrl' | 'http'>): Promise<unknown[]> {
  const env = { SOUND_TOKEN: 'sesame-4711' };
  const connector = { package: 'sound', version: '1' };
  const emissions: unknown[] = [];
  for await (const emission of extract(
    { ...source, stream, connector, options: {}, credentials: ['SOUND_TOKEN'] },
    {
      cursor: events.cursor?.start,
      interval: { start: new Date('2026-11-20T00:00:00Z'), end: new Date('2026-11-21T00:00:00Z') },
      now: new Date('2026-11-21T00:00:00Z'),
      signal: new AbortController().signal,
      system: { env, cwd: '/' },
      notice: () => undefined,
      clock: fakeClock(),
      random: () => 0.5,
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
  expect(await read({ baseUrl: server.url, http: { authorize } })).toMatchObject([
    { records: [{ asked: 'sesame-4711' }] },
  ]);
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
