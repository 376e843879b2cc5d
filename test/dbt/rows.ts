/** A project with real rows: the packages of the web platform, and two accounts at services on loopback. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { project } from '../cli/project.ts';
import { startGarmin } from '../fakes/garmin.ts';
import { startNpmRegistry } from '../fakes/npm-registry.ts';
import { EMPTY, startSpotify } from '../fakes/spotify.ts';
import { play } from '../fakes/spotify-samples.ts';
import { shareInstallations } from './python-env.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const days = ['2026-11-19', '2026-11-20'];
/** Releases before it are left out of what browsers supported on the day of each. */
export const EVENTS_SINCE = '2026-09-01';

const midnight = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const byDay = (fields: (day: string) => Readonly<Record<string, unknown>>) =>
  Object.fromEntries(days.map((day) => [day, fields(day)]));

const garminAccount = {
  activities: days.toReversed().map((day, number) => ({
    activityId: number + 1,
    activityName: 'Morning run',
    activityType: { typeKey: number === 0 ? 'running' : 'cycling' },
    startTimeGMT: `${day} 23:30:00`,
    startTimeLocal: `${day} 23:30:00`,
    distance: 10_000,
    duration: 3_000,
    maxHR: 171,
  })),
  sleep: byDay((day) => ({
    dailySleepDTO: {
      id: midnight(day),
      calendarDate: day,
      sleepStartTimestampGMT: midnight(day),
      sleepEndTimestampGMT: midnight(day) + 25_200_000,
      sleepTimeSeconds: 24_180,
      deepSleepSeconds: 5280,
    },
  })),
  heart_rate: byDay((day) => ({ calendarDate: day, restingHeartRate: 44, minHeartRate: 41, maxHeartRate: 171 })),
};

const connected = (service: string, dataTypes: readonly string[], options = {}) =>
  dataTypes.map((data_type) => [`${service}_${data_type}`, { service, data_type, options }] as const);

/** Jobs of three domains that load into a warehouse, and a copy of our project of dbt. */
export async function projectWithRows(warehouse: string) {
  const registry = await startNpmRegistry();
  for (const name of ['web-features', '@mdn/browser-compat-data']) {
    const files = dirname(fileURLToPath(new URL('data.json', import.meta.resolve(name))));
    const { version } = JSON.parse(readFileSync(`${files}/package.json`, 'utf8')) as { version: string };
    await registry.publish({ name, version, files });
  }
  const spotify = await startSpotify();
  await spotify.publish({ ...EMPTY, plays: Array.from({ length: 30 }, (_, number) => play(30 - number)) });
  const garmin = await startGarmin();
  await garmin.publish(garminAccount);
  const jobs = [
    ...connected('web_features', ['features', 'groups', 'browser_support']),
    ...connected('mdn_bcd', ['browser_releases'], { browsers: 'core' }),
    ...connected('spotify', ['recently_played']),
    ...connected('garmin', ['activities', 'sleep', 'heart_rate'], { start_date: '2026-11-18' }),
  ];
  const at = ({ baseUrl, authUrl }: { readonly baseUrl?: string; readonly authUrl?: string }) => ({
    base_url: baseUrl,
    auth_url: authUrl,
  });
  const config = {
    environments: { local: { warehouse } },
    services: { web_features: {}, mdn_bcd: {}, spotify: at(spotify), garmin: at(garmin) },
    jobs: Object.fromEntries(jobs),
  };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  await cp(join(ROOT, 'dbt'), here.path('dbt'), { recursive: true });
  shareInstallations(here.path);
  // Seven million rows would say no more than these.
  const since = here.read('dbt/dbt_project.yml').replace('_since: null', `_since: '${EVENTS_SINCE}'`);
  writeFileSync(here.path('dbt/dbt_project.yml'), since);
  const { env } = await registry.system();
  return {
    ...here,
    env: {
      ...env,
      ...spotify.credentials,
      ...garmin.credentials,
      TIDEMILL_STATE_KEY: 'a key that is only here, for this test',
    },
    async close() {
      await registry[Symbol.asyncDispose]();
      await spotify.close();
      await garmin.close();
    },
  };
}
