/** A plan over many jobs whose states lie far away: it lists them once, and fetches what has changed. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { keys } from '../../orchestrator/storage/keys.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { configOf, project } from './project.ts';
import { openPlace, startFaulty, stores } from './stores.ts';

const JOBS = 70;
const job = { columns: { id: 'bigint' }, primary_key: ['id'], cron: '0 6 * * *', prints: [{ id: 1 }] };

/** A project of many jobs; `run` also answers how often states were read, their index, and listed. */
async function manyJobs(start: (typeof stores)[keyof typeof stores]) {
  const { store, proxy } = await startFaulty(start, onTestFinished);
  const at = store.create();
  const place = at(proxy.url);
  const jobs = Object.fromEntries(Array.from({ length: JOBS }, (_, index) => [`job_${index}`, job]));
  const environments = { local: { bucket: place.location } };
  const here = await project({
    'ingestion-config.yaml': JSON.stringify({ ...JSON.parse(configOf(jobs)), environments }),
  });
  const requests: string[] = [];
  proxy.use(({ method, url }) => {
    requests.push(wordFor(method, decodeURIComponent(url)));
    return undefined;
  });
  const run = async (args: readonly string[], now = '2026-11-21T06:30:00Z') => {
    requests.length = 0;
    const outcome = await here.run(args, { now, env: place.env });
    return {
      ...outcome,
      requests: Object.fromEntries(
        Map.groupBy(requests, (word) => word)
          .entries()
          .map(counted),
      ),
    };
  };
  return { here, run, bucket: await openPlace(at(store.url)) };
}

const counted = ([word, all]: readonly [string, readonly string[]]) => [word, all.length] as const;

function wordFor(method: string, url: string): string {
  if (/[?&]prefix=_tidemill\/state\//.test(url)) return 'list';
  if (method !== 'GET') return 'other';
  if (url.includes(keys.stateIndex)) return 'read index';
  return url.includes(keys.statePrefix) ? 'read' : 'other';
}

const decided = (stdout: string): unknown => {
  const { decisions, runs } = JSON.parse(stdout) as { decisions: unknown; runs: unknown };
  return { decisions, runs };
};

async function registered(start: (typeof stores)[keyof typeof stores]) {
  const world = await manyJobs(start);
  expect((await world.run(['plan', '--record'], '2026-11-20T12:00:00Z')).exit).toBe(0);
  return world;
}

describe.each(Object.entries(stores))('a plan of many jobs in %s', (_, start) => {
  it('reads each state once, then only what has changed', async () => {
    const { run, bucket } = await registered(start);
    expect(await readText(bucket, keys.stateIndex)).toBeUndefined();
    const first = await run(['plan', '--record', '--json']);
    expect(first.requests).toMatchObject({ read: JOBS });
    const second = await run(['plan', '--json']);
    expect(second.requests).toEqual({ list: second.requests['list'], 'read index': 1 });
    expect(decided(second.stdout)).toEqual(decided(first.stdout));
    expect((await run(['run', 'job_7'])).exit).toBe(0);
    expect((await run(['pause', 'job_8', '--reason', 'x'])).exit).toBe(0);
    const third = await run(['plan', '--json']);
    expect(third.requests).toMatchObject({ read: 2, 'read index': 1 });
    const decisions = third.json().decisions as { job: string; decision: string }[];
    expect(decisions.find((each) => each.job === 'job_8')?.decision).toBe('paused');
  });

  it('says the same with an index of another time, and with one that is no index', async () => {
    const { run, bucket } = await registered(start);
    await run(['plan', '--record']);
    for (const id of ['job_1', 'job_2']) await run(['run', `${id}@2026-11-21T06:00:00Z`]);
    const { stdout, requests } = await run(['plan', '--json']);
    expect(requests).toMatchObject({ read: 2 });
    await bucket.write(keys.stateIndex, Buffer.from('no index'), { contentType: 'text/plain' });
    const again = await run(['plan', '--json']);
    expect([again.exit, again.stderr, decided(again.stdout)]).toEqual([0, '', decided(stdout)]);
    expect(again.requests).toMatchObject({ read: JOBS });
  });

  it('leaves the index alone when it collects what nobody needs', async () => {
    const { run, bucket } = await registered(start);
    await run(['plan', '--record']);
    const { exit, stdout } = await run(['gc', '--yes']);
    expect([exit, stdout]).toEqual([0, expect.not.stringContaining('state-index')]);
    expect(await readText(bucket, keys.stateIndex)).toBeDefined();
  });
});
