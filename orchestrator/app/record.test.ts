import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { at, claimOf, configOf, jobOf, NOW, stateOf } from '../../test/fixtures/plan.ts';
import type { Job } from '../config/job.ts';
import { plan } from '../plan/plan.ts';
import type { PlanInput } from '../plan/types.ts';
import type { JobState } from '../state/job-state.ts';
import { readRenamed } from '../state/rename.ts';
import { readState, readStates, updateState } from '../state/store.ts';
import { settle } from '../state/transitions.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { recordPlan } from './record.ts';

let bucket: Bucket;

beforeEach(async () => {
  bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-record-')));
});

const put = (state: JobState): Promise<unknown> => updateState(bucket, state.job, () => state);
const stored = async (job: string): Promise<JobState> => (await readState(bucket, job)).state;

async function look(jobs: readonly Job[], now = NOW): Promise<PlanInput> {
  const { states } = await readStates(jobs, (job) => readRenamed(bucket, job));
  return { config: configOf(jobs), environment: 'prd', states, now: new Date(now) };
}

const record = (input: PlanInput): Promise<void> => recordPlan(bucket, input, plan(input));

const missing = jobOf({ catchup: 'none', tolerance_minutes: 10 });

describe('a recording plan', () => {
  it('settles each slot once, though several have planned from the same states', async () => {
    await put(stateOf(missing, { settled_through: at('05:00') }));
    const input = await look([missing]);
    const planned = plan(input);
    await Promise.all(Array.from({ length: 5 }, () => recordPlan(bucket, input, planned)));
    const { recent } = await stored('orders');
    expect(recent).toMatchObject([{ from: at('06:00'), slot: at('08:00'), count: 3, outcome: 'missed' }]);
  });

  it('leaves to a leg what one has begun or settled since', async () => {
    await put(stateOf(missing, { settled_through: at('05:00') }));
    const input = await look([missing]);
    const planned = plan(input);
    await updateState(bucket, 'orders', (state) => ({ ...state, claim: claimOf(at('08:00')) }));
    await recordPlan(bucket, input, planned);
    expect((await stored('orders')).recent).toEqual([]);
    const done = { slot: at('08:00'), outcome: 'done', at: NOW } as const;
    await updateState(bucket, 'orders', (state) => settle(state, [done]));
    await recordPlan(bucket, input, planned);
    expect((await stored('orders')).recent).toEqual([done]);
  });

  it('ends the claim of a dead run on any of the slots it settles, so that it cannot settle one again', async () => {
    const claim = claimOf(at('06:00'), { lease_until: at('08:10') });
    await put(stateOf(missing, { settled_through: at('05:00'), claim }));
    await record(await look([{ ...missing, enabled: false }]));
    const state = await stored('orders');
    expect(state.recent).toMatchObject([{ from: at('06:00'), slot: at('08:00'), count: 3, outcome: 'skipped' }]);
    expect(state.claim).toBeUndefined();
    expect(state.breaker?.failures).toBe(1);
  });
});

describe('a renamed job', () => {
  const old = jobOf({ cron: '0 * * * *' });
  const renamed = jobOf({ id: 'sales', previous_ids: ['orders'] });

  it('owes what it owed before, and is settled under its new id', async () => {
    await put(stateOf(old, { settled_through: at('06:00') }));
    expect(plan(await look([renamed])).runs).toMatchObject([{ job: 'sales', slot: at('08:00') }]);
    await record(await look([{ ...renamed, enabled: false }]));
    expect((await stored('sales')).recent).toMatchObject([{ slot: at('08:00'), count: 2, outcome: 'skipped' }]);
    expect(await stored('orders')).toMatchObject({ moved_to: 'sales', recent: [] });
  });

  it('is not run by a plan that knows only the old id, nor by hand, and nothing is recorded for it', async () => {
    await put(stateOf(old, { settled_through: at('06:00') }));
    const late = await look([{ ...old, enabled: false }]);
    const planned = plan(late);
    expect(planned.records).toHaveLength(1);
    await record(await look([{ ...renamed, cron: '30 * * * *' }]));
    const before = [await stored('orders'), await stored('sales')];
    await recordPlan(bucket, late, planned);
    const selection = { jobs: ['orders'], groups: [], force: true, runId: '7' };
    for (const input of [await look([old]), { ...(await look([old])), selection }]) {
      const { runs, decisions } = plan(input);
      expect(runs).toEqual([]);
      expect(decisions).toMatchObject([{ decision: 'renamed', reason: 'renamed to sales' }]);
      await record(input);
    }
    expect([await stored('orders'), await stored('sales')]).toEqual(before);
  });

  it('waits for a run under the old id', async () => {
    await put(stateOf(old, { settled_through: at('06:00'), claim: claimOf(at('08:00')) }));
    const input = await look([renamed]);
    expect(plan(input).decisions).toMatchObject([{ job: 'sales', decision: 'in_progress' }]);
    const disabled = { ...renamed, enabled: false };
    await recordPlan(bucket, await look([disabled]), {
      ...plan(input),
      records: [{ kind: 'settle', job: 'sales', settlements: [] }],
    });
    expect((await stored('orders')).moved_to).toBeUndefined();
  });

  it('leaves its old id to another job, which begins anew', async () => {
    await put(stateOf(old, { settled_through: at('06:00') }));
    await record(await look([{ ...renamed, cron: '30 * * * *' }]));
    const successor = jobOf({ cron: '0 5 * * *' });
    await record(await look([successor, { ...renamed, previous_ids: [] }]));
    const { schedule, recent, moved_to } = await stored('orders');
    expect([schedule, recent, moved_to]).toEqual([
      { cron: '0 5 * * *', timezone: 'UTC', effective_from: NOW },
      [],
      undefined,
    ]);
  });
});
