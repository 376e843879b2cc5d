/** Events and the changes that they tell of, whatever is killed in between: an event is lost of none, and told of nothing else. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainOf } from '../../orchestrator/run/bronze/chain.ts';
import { announce, listen, sentToAll } from '../../orchestrator/state/outbox.ts';
import { readState, updateState } from '../../orchestrator/state/store.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openGcsBucket } from '../../orchestrator/storage/gcs/driver.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { openS3Bucket } from '../../orchestrator/storage/s3/driver.ts';
import { JOB, Life, OutboxWorld } from '../app/outbox-world.ts';
import { fakeClock } from '../fakes/clock.ts';
import { startGcsServer } from '../fakes/gcs-server.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import { bodyFaults } from '../fixtures/published.ts';

const servers = new AsyncDisposableStack();
const world = { clock: fakeClock(), random: () => 0 };
let made = 0;

/** Each makes a bucket that is empty. */
const stores: Record<string, () => Promise<Bucket>> = {
  'a folder': async () => openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-outbox-'))),
};

beforeAll(async () => {
  const [gs, s3] = [servers.use(await startGcsServer()), servers.use(await startS3Server())];
  stores['gs://'] = async () => {
    made += 1;
    gs.createBucket(`bucket-${made}`);
    return openGcsBucket({ location: `gs://bucket-${made}`, env: { STORAGE_EMULATOR_HOST: gs.url }, ...world });
  };
  stores['s3://'] = async () => {
    made += 1;
    s3.createBucket(`bucket-${made}`);
    const env = { AWS_ENDPOINT_URL: s3.url, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    return openS3Bucket({ location: `s3://bucket-${made}`, env, ...world });
  };
});
afterAll(() => servers.disposeAsync());

const firsts = (ids: readonly string[]): string[] => [...new Set(ids)];

/** What is wrong in the end, as sentences. */
async function faultsOf(truth: Bucket, there: OutboxWorld): Promise<string[]> {
  const { state } = await readState(truth, JOB.id);
  const heard = firsts(there.heard.map(({ id }) => id));
  const told = [...there.told].sort(([a], [b]) => a - b).map(([, id]) => id);
  const packages: string[] = [];
  for await (const link of chainOf(truth, state.head)) if ('manifest' in link) packages.unshift(link.manifest.package);
  const of = (kind: string): string[] => heard.filter((id) => id.startsWith(`${kind}:`));
  const named = packages.map((name) => `package-committed:${name.replaceAll('.', ':')}`);
  const ends = [...of('run-completed'), ...of('run-failed')].map((id) => id.slice(id.indexOf(':')));
  const left = state.outbox === undefined ? ['there is no outbox'] : [];
  const differing = (what: string, found: unknown, expected: unknown): string[] => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    return a === b ? [] : [`${what}: ${a} instead of ${b}`];
  };
  return [
    ...there.complaints,
    ...left,
    ...differing('events, each the first time it is heard', heard, told),
    ...differing('packages that are told of', of('package-committed'), named),
    ...differing('runs that have ended well', of('run-completed').length, 1),
    ...differing(
      'runs that have begun, and have ended',
      ends.sort(),
      of('run-started')
        .map((id) => id.slice(id.indexOf(':')))
        .sort(),
    ),
    ...differing('events that wait', state.outbox?.entries, []),
    ...differing('the last event that everybody has', state.outbox && sentToAll(state.outbox), told.length),
    ...there.heard.flatMap(({ data }) => bodyFaults(data)),
  ];
}

/** So many made-up events wait already, of which the state has no room for many more. */
async function crowd(truth: Bucket, events: number): Promise<void> {
  const waiting = Array.from({ length: events }, (_, index) => ({
    ...{ id: `schema-drift:made-up:${index}`, type: 'schema-drift', at: '2026-11-20T06:00:00.000Z' },
    data: { ...WHO, added: [`field_${index}`], missing: [] },
  }));
  await updateState(truth, JOB.id, (state) => announce(listen(state, ['ear']), waiting));
}

const WHO = {
  ...{ environment: 'local', job: JOB.id, service: JOB.service, data_type: JOB.data_type },
  ...{ run: 'run-0', slot: 'manual-0', attempt: 1 },
};

/** Runs the job until it is done, then whoever only sends; the first processes are killed at those steps. */
async function trial(
  truth: Bucket,
  deaths: readonly number[],
): Promise<{ readonly lives: Life[]; readonly faults: string[]; readonly aside: string[] }> {
  const there = new OutboxWorld(truth);
  const lives: Life[] = [];
  for (let number = 0; number < deaths.length + 2; number += 1) {
    const life = new Life(deaths[number]);
    lives.push(life);
    const result = await there.process('run', life);
    if (result === 'done' || result === 'covered') break;
  }
  await there.process('report', new Life());
  return { lives, faults: await faultsOf(truth, there), aside: there.aside };
}

describe.each(['a folder', 'gs://', 's3://'])('on %s', (store) => {
  const newBucket = () => (stores[store] ?? (() => Promise.reject(new Error(store))))();

  it('a run and its events, killed between each two steps, tell everything, in order, and of nothing that is not so', async () => {
    const { lives, faults } = await trial(await newBucket(), []);
    expect(faults).toEqual([]);
    const steps = lives[0]?.steps ?? 0;
    expect(steps).toBeGreaterThan(40);
    for (let death = 1; death <= steps; death += 1) {
      const { lives: all, faults: found } = await trial(await newBucket(), [death]);
      expect(found, `killed ${all[0]?.where}`).toEqual([]);
    }
  });

  it('and so do two that are killed, one after the other', async () => {
    const { lives } = await trial(await newBucket(), []);
    const steps = lives[0]?.steps ?? 0;
    for (let first = 3; first <= steps; first += 7) {
      for (let second = 2; second <= steps; second += 11) {
        const { lives: all, faults } = await trial(await newBucket(), [first, second]);
        expect(faults, all.map(({ where }) => where).join(', then ')).toEqual([]);
      }
    }
  });

  it('and so does one whose state has no room for all that waits', async () => {
    const crowded = async (): Promise<Bucket> => {
      const bucket = await newBucket();
      await crowd(bucket, 98);
      return bucket;
    };
    const undisturbed = await crowded();
    const { lives, faults, aside } = await trial(undisturbed, []);
    expect([faults, aside.length]).toEqual([[], 1]);
    expect(await Array.fromAsync(undisturbed.list('_tidemill/outbox/'))).toEqual([]);
    const steps = lives[0]?.steps ?? 0;
    for (let death = 1; death <= steps; death += store === 'a folder' ? 1 : 5) {
      const bucket = await crowded();
      const { lives: all, faults: found } = await trial(bucket, [death]);
      expect(found, `killed ${all[0]?.where}`).toEqual([]);
    }
  });
});
