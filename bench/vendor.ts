/** A vendor's connector against its fake: records a second, and the way of its leg to the first request. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numbered } from '../test/fakes/oauth-service.ts';
import { EMPTY, startSpotify } from '../test/fakes/spotify.ts';
import { bareTrack, saved } from '../test/fakes/spotify-samples.ts';
import { CLI, median, ms, type Row, runNode, timed, times } from './measure.ts';

type SpotifyFake = Awaited<ReturnType<typeof startSpotify>>;

const RECORDS = 10_000;
const PAGE = 50;

export async function vendorRows(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const fake = await startSpotify();
  const savedTracks = numbered(RECORDS, (number) => saved(number, { track: bareTrack(number) }));
  await fake.publish({ ...EMPTY, savedTracks, pageSize: PAGE });
  const config = join(folder, 'ingestion-config.yaml');
  const service = `spotify: { base_url: '${fake.baseUrl}', auth_url: '${fake.authUrl}' }`;
  await writeFile(config, `services: { ${service} }\njobs: { saved: { service: spotify, data_type: saved_tracks } }\n`);
  const env = { ...fake.credentials, TIDEMILL_STATE_KEY: 'a key that is only here, for the bench' };
  const starts: number[] = [];
  const durations: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const started = performance.now();
    const seen = fake.requests;
    const arrival = firstRequest(fake, seen);
    const { milliseconds } = await runNode([CLI, 'run', 'saved', '--config', config], env);
    starts.push((await arrival) - started);
    durations.push(milliseconds);
  }
  const limit = await median(3, () => timed(() => fetchAll(fake)));
  await fake.close();
  await rm(folder, { recursive: true });
  const bare = await median(5, async () => (await runNode(['-e', '0'])).milliseconds);
  return rowsOf(middle(durations), limit, middle(starts), bare);
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[1] ?? Number.NaN;

/** When the next data request comes; watched for, since the fake tells nobody. */
async function firstRequest(fake: SpotifyFake, seen: number): Promise<number> {
  while (fake.requests === seen) await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now();
}

/** The same pages, one after the other, through `fetch` and JSON alone. */
async function fetchAll(fake: SpotifyFake): Promise<void> {
  const { SPOTIFY_CLIENT_ID: id, SPOTIFY_CLIENT_SECRET: secret, SPOTIFY_REFRESH_TOKEN: token } = fake.credentials;
  const answer = await fetch(`${fake.authUrl}/api/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: String(new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token ?? '' })),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  for (let offset = 0; offset < RECORDS; offset += PAGE) {
    const page = await fetch(`${fake.baseUrl}/me/tracks?limit=${PAGE}&offset=${offset}`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    if (!page.ok) throw new Error(`the fake answered ${page.status}`);
    await page.json();
  }
}

function rowsOf(ours: number, limit: number, start: number, bare: number): Row[] {
  const rate = (milliseconds: number): string => `${Math.round(RECORDS / (milliseconds / 1000))} records/s`;
  const ratio = limit / ours;
  return [
    {
      what: 'one connector against its fake, source to silver, cold',
      measured: rate(ours),
      limit: `${rate(limit)} fetch + JSON`,
      ratio: times(ratio),
      budget: '≥ 0.1 ×',
      isMet: ratio >= 0.1,
    },
    {
      what: "leg of a vendor's connector, process start → first data request",
      measured: ms(start),
      limit: `${ms(bare)} bare node`,
      ratio: times(start / bare),
      budget: '≤ 350 ms',
      isMet: start <= 350,
    },
  ];
}
