/** What is asked of a bucket far away: who works on one job does not pay for the others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GcsServer, startGcsServer } from '../fakes/gcs-server.ts';
import { configOf, type Project, project } from './project.ts';
import { gcsEnv, openPlace } from './stores.ts';

const OTHERS = 40;
const KEYED = { columns: { id: 'bigint' }, primary_key: ['id'], cron: '0 6 * * *', prints: [{ id: 1 }] };

let server: GcsServer;
let here: Project;

/** Runs it and answers what it asked of the bucket: a word and the key, or the prefix of a listing. */
async function askedBy(args: readonly string[], now?: string, of = here): Promise<string[]> {
  const before = server.requests.length;
  const { exit, stderr } = await of.run(args, { env: gcsEnv(server.url), ...(now === undefined ? {} : { now }) });
  expect([exit, stderr]).toEqual([0, expect.any(String)]);
  return server.requests.slice(before).map((request) => {
    const [method = '', address = ''] = request.split(' ');
    const { pathname, searchParams } = new URL(address, server.url);
    const listed = searchParams.get('prefix');
    return `${listed === null ? method : 'LIST'} ${listed ?? decodeURIComponent(pathname.split('/o/')[1] ?? '')}`;
  });
}

const ofStates = (asked: readonly string[]): string[] => asked.filter((request) => request.includes('_tidemill/state'));
const READ = 'GET _tidemill/state/one.json';

beforeAll(async () => {
  server = await startGcsServer();
  server.createBucket('bucket');
  const others = Array.from({ length: OTHERS }, (_, index) => [`other_${index}`, KEYED] as const);
  const jobs = Object.fromEntries([['one', { ...KEYED, previous_ids: ['was_one'] }] as const, ...others]);
  const environments = { local: { bucket: 'gs://bucket' } };
  here = await project({
    'ingestion-config.yaml': JSON.stringify({ ...JSON.parse(configOf(jobs)), environments }),
  });
  await askedBy(['plan', '--record'], '2026-11-20T12:00:00Z');
  await askedBy(['run', 'one', 'other_1']);
});
afterAll(() => server[Symbol.asyncDispose]());

describe('a command about one of many jobs', () => {
  it.each([
    [['plan', '--job', 'one']],
    [['status', 'one']],
    [['explain', 'example.one', '1']],
    [['verify', 'one']],
    [['quarantine', 'one']],
  ])('reads the state of that one alone: %j', async (args) => {
    const asked = ofStates(await askedBy(args));
    expect(new Set(asked)).toEqual(new Set([READ]));
  });

  it.each([
    [['pause', 'one', '--reason', 'x']],
    [['resume', 'one']],
    [['rewind', 'one', '--to', '"x"', '--reason', 'x']],
    [['reset', 'one', '--yes']],
    [['unlock', 'one']],
    [['replay', 'one']],
    [['backfill', 'one', '--from', '2026-11-01T00:00:00Z', '--to', '2026-11-02T00:00:00Z']],
    [['run', 'one']],
  ])('reads and writes the state of that one alone: %j', async (args) => {
    const asked = ofStates(await askedBy(args));
    expect(asked).toContain(READ);
    expect(asked.filter((request) => /^(?:GET|LIST)/.test(request) && request !== READ)).toEqual([]);
  });

  it('costs as many requests as if there were no others', async () => {
    expect(await askedBy(['plan', '--job', 'one'])).toEqual([READ]);
    expect(await askedBy(['status', 'one'])).toEqual([READ]);
  });
});

describe('a plan of jobs that read data sets', () => {
  it('asks once a service whether it was collected, or once for all, and then for those that were', async () => {
    const reading = (service: string, data_type: string) => ({ service, data_type, cron: '0 6 * * *' });
    const services = Array.from({ length: 12 }, (_, index) => `service_${index}`);
    const jobs = services.flatMap((service) =>
      ['a', 'b', 'c'].map((type) => [`${service}_${type}`, reading(service, type)]),
    );
    const own = await project({
      'ingestion-config.yaml': JSON.stringify({
        environments: { local: { bucket: 'gs://catalogs' } },
        services: Object.fromEntries(services.map((service) => [service, {}])),
        jobs: Object.fromEntries(jobs),
      }),
    });
    server.createBucket('catalogs');
    const bucket = await openPlace({ location: 'gs://catalogs', env: gcsEnv(server.url) });
    const at = '2026-11-21T06:00:00.000Z';
    const unit = { name: 'b', capabilities: [], state: 'gone', found_at: at, gone_at: at };
    for (const service of services.slice(0, 2)) {
      const facts = { version: 1, service, collected_at: at, collected_by: 'ada', run: '1', history: [] };
      const text = JSON.stringify({ ...facts, units: [unit] });
      await bucket.write(`_tidemill/catalog/${service}.json`, Buffer.from(text), { contentType: 'application/json' });
    }
    const ofCatalogs = async (args: readonly string[]): Promise<string[]> =>
      (await askedBy(args, undefined, own)).filter((request) => request.includes('_tidemill/catalog')).sort();
    const [first, second] = services.map((service) => `GET _tidemill/catalog/${service}.json`);
    expect(await ofCatalogs(['plan'])).toEqual([first, second, 'LIST _tidemill/catalog/']);
    expect(await ofCatalogs(['plan', '--job', 'service_0_*'])).toEqual([first]);
    const { decisions } = (await own.run(['plan', '--job', 'service_*', '--json'], { env: gcsEnv(server.url) })).json();
    const gone = decisions.filter(({ decision }: { decision: string }) => decision === 'unit_gone');
    expect(gone.map(({ job }: { job: string }) => job)).toEqual(['service_0_b', 'service_1_b']);
  });
});

it('is not held up by the state of another one', async () => {
  const place = { location: 'gs://bucket', env: gcsEnv(server.url) };
  await (await openPlace(place)).write('_tidemill/state/other_2.json', Buffer.from('{'), { contentType: 'text/plain' });
  for (const args of [
    ['plan', '--job', 'one'],
    ['run', 'one'],
  ]) {
    const { exit, stdout, stderr } = await here.run(args, { env: place.env });
    expect([exit, stdout + stderr]).toEqual([0, expect.not.stringContaining('other_2')]);
  }
  expect((await here.run(['plan'], { env: place.env })).stderr).toContain('other_2');
});
