/** A vendor's connector against its fake: records a second, and the way of its leg to the first request. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numbered } from '../test/fakes/oauth-service.ts';
import { EMPTY, startSpotify } from '../test/fakes/spotify.ts';
import { bareTrack, saved } from '../test/fakes/spotify-samples.ts';
import { withFleet } from './fleet.ts';
import { bareNode, type Child, CLI, cpu, mb, median, middle, ms, type Row, runNode, timed, times } from './measure.ts';

type SpotifyFake = Awaited<ReturnType<typeof startSpotify>>;

const RECORDS = 10_000;
const PAGE = 50;

interface Leg extends Child {
  /** Milliseconds to its first request for data. */
  readonly way: number;
}

export const vendorRows = (): Promise<Row[]> =>
  withFleet(async (fleet) => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
    const fake = await startSpotify();
    const savedTracks = numbered(RECORDS, (number) => saved(number, { track: bareTrack(number) }));
    await fake.publish({ ...EMPTY, savedTracks, pageSize: PAGE });
    const config = join(folder, 'ingestion-config.yaml');
    const service = `spotify: { base_url: '${fake.baseUrl}', auth_url: '${fake.authUrl}' }`;
    await writeFile(
      config,
      `services: { ${service} }\njobs: { saved: { service: spotify, data_type: saved_tracks } }\n`,
    );
    const env = { ...fleet, ...fake.credentials, TIDEMILL_STATE_KEY: 'a key that is only here, for the bench' };
    const legs: Leg[] = [];
    for (let round = 0; round < 3; round += 1) {
      const started = performance.now();
      const arrival = firstRequest(fake, fake.requests);
      const leg = await runNode([CLI, 'run', 'saved', '--config', config], env);
      legs.push({ ...leg, way: (await arrival) - started });
    }
    const limit = await median(3, () => timed(() => fetchAll(fake)));
    await fake.close();
    await rm(folder, { recursive: true });
    return rowsOf(legs, limit, (await bareNode()).milliseconds);
  });

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

function rowsOf(legs: readonly Leg[], limit: number, bare: number): Row[] {
  const whole = middle(legs, ({ milliseconds }) => milliseconds);
  const { way } = middle(legs, (leg) => leg.way);
  const rate = (milliseconds: number): string => `${Math.round(RECORDS / (milliseconds / 1000))} records/s`;
  const ratio = limit / whole.milliseconds;
  return [
    {
      what: 'one connector against its fake, source to silver, cold',
      measured: `${rate(whole.milliseconds)}; ${cpu(whole.cpuSeconds)}, ${mb(whole.peakBytes)}`,
      limit: `${rate(limit)} fetch + JSON`,
      ratio: times(ratio),
      budget: '≥ 0.1 ×',
      isMet: ratio >= 0.1,
    },
    {
      what: "leg of a vendor's connector, process start → first data request",
      measured: ms(way),
      limit: `${ms(bare)} bare node`,
      ratio: times(way / bare),
      budget: '≤ 350 ms',
      isMet: way <= 350,
    },
  ];
}
