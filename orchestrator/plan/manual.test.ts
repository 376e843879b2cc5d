import { describe, expect, it } from 'vitest';
import { at, configOf, inputOf, jobOf, NOW, stateOf } from '../../test/fixtures/plan.ts';
import type { Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import { plan } from './plan.ts';
import type { PlanInput, Selection } from './types.ts';

const JOBS = [
  jobOf({ id: 'shop_orders' }),
  jobOf({ id: 'shop_returns', enabled: false }),
  jobOf({ id: 'shop_prices', environments: ['dev'] }),
  jobOf({ id: 'crm_contacts', service: 'crm', cron: undefined }),
  jobOf({ id: 'crm_deals', service: 'crm' }),
];
const GROUPS = new Map([
  ['sales', { name: 'sales', description: '', jobs: ['shop_orders', 'shop_returns', 'crm_deals'] }],
  ['nobody', { name: 'nobody', description: '', jobs: [] }],
]);

const select = (changes: Partial<Selection>): Selection => ({
  jobs: [],
  groups: [],
  force: false,
  runId: 'r7',
  ...changes,
});

function planBy(selection: Partial<Selection>, states: readonly JobState[] = [], changes: Partial<PlanInput> = {}) {
  const config = configOf(JOBS, { groups: GROUPS });
  return plan(inputOf(JOBS, states, { config, selection: select(selection), ...changes }));
}

const runningIn = (selection: Partial<Selection>, states: readonly JobState[] = []): string[] =>
  planBy(selection, states).runs.map(({ job }) => job);

const decisionOn = (id: string, selection: Partial<Selection>, states: readonly JobState[] = []) =>
  planBy(selection, states).decisions.find(({ job }) => job === id);

describe('a selection', () => {
  it.each<[string, Partial<Selection>, string[]]>([
    ['an id', { jobs: ['shop_orders'] }, ['shop_orders']],
    [
      'ids, as typed',
      { jobs: ['crm_deals , shop_orders', 'crm_contacts'] },
      ['shop_orders', 'crm_contacts', 'crm_deals'],
    ],
    ['a glob', { jobs: ['crm_*'] }, ['crm_contacts', 'crm_deals']],
    ['a glob of single characters', { jobs: ['?hop_order?'] }, ['shop_orders']],
    ['a group', { groups: ['sales'] }, ['shop_orders', 'crm_deals']],
    ['a group and an id', { groups: ['sales'], jobs: ['crm_contacts'] }, ['shop_orders', 'crm_contacts', 'crm_deals']],
    ['a group without jobs', { groups: ['nobody'] }, []],
    ['force alone: all enabled jobs', { force: true }, ['shop_orders', 'crm_contacts', 'crm_deals']],
    ['force with an empty input', { force: true, jobs: [' , '] }, ['shop_orders', 'crm_contacts', 'crm_deals']],
    ['force with a job: just that', { force: true, jobs: ['crm_deals'] }, ['crm_deals']],
  ])('can be %s', (_, selection, expected) => {
    expect(runningIn(selection)).toEqual(expected);
  });

  it('that names nothing means what is owed', () => {
    const state = stateOf(jobOf({ id: 'shop_orders' }), { settled_through: at('07:00') });
    const { runs } = planBy({ jobs: [''], groups: [' '] }, [state]);
    expect(runs).toMatchObject([{ job: 'shop_orders', slot: at('08:00') }]);
  });

  it.each<[Partial<Selection>, string, string]>([
    [{ jobs: ['shop_order'] }, 'unknown-job', 'Did you mean "shop_orders"?'],
    [{ jobs: ['crm_deals,crm_daels'] }, 'unknown-job', 'Did you mean "crm_deals"?'],
    [{ jobs: ['SHOP_ORDERS'] }, 'unknown-job', 'Did you mean "shop_orders"?'],
    [{ jobs: ['crm_deal*s_x'] }, 'unknown-job', 'Did you mean "crm_deals"?'],
    [{ jobs: ['zzzzzzzzzzzzzzzzzzzzz'] }, 'unknown-job', 'There are: shop_orders'],
    [{ groups: ['sale'] }, 'unknown-group', 'Did you mean "sales"?'],
  ])('of what does not exist fails and names the nearest: %j', (selection, code, hint) => {
    const refusal = { kind: 'config', code, hint: expect.stringContaining(hint) };
    expect(() => planBy(selection)).toThrow(expect.objectContaining(refusal));
  });

  it('of an id that a job had before fails and names the one of now', () => {
    const jobs = [jobOf({ id: 'purchases', previous_ids: ['shop_orders'] }), jobOf({ id: 'shop_order' })];
    const select = () => planBy({ jobs: ['shop_orders'] }, [], { config: configOf(jobs) });
    expect(select).toThrow(expect.objectContaining({ code: 'unknown-job', hint: 'It is called "purchases" now.' }));
  });

  it('does not list twenty ids', () => {
    const jobs = Array.from({ length: 20 }, (_, index) => jobOf({ id: `shop_${index}` }));
    const select = () => planBy({ jobs: ['zzzzzzzzzzzzz'] }, [], { config: configOf(jobs) });
    expect(select).toThrow(expect.objectContaining({ hint: 'There are 20 jobs: `npx tidemill status` lists them.' }));
  });
});

describe('a manual run', () => {
  it('has an identity of its own, and the time since the newest slot as its interval', () => {
    const { runs, records } = planBy({ jobs: ['shop_orders'] });
    expect(runs).toEqual([
      {
        job: 'shop_orders',
        slot: 'manual-r7',
        interval: { start: at('08:00'), end: NOW },
        attempt: 1,
        reason: 'asked for by hand',
      },
    ]);
    expect(records).toEqual([]);
  });

  it('of a job without a cron gets a day; on a full hour nobody gets an empty interval', () => {
    expect(planBy({ jobs: ['crm_contacts'] }).runs[0]?.interval).toEqual({ start: NOW.replace('21', '20'), end: NOW });
    const { runs } = planBy({ jobs: ['shop_orders'] }, [], { now: new Date(at('08:00')) });
    expect(runs[0]?.interval).toEqual({ start: at('07:00'), end: at('08:00') });
  });

  it('does not look at what is owed, and settles nothing of it', () => {
    const state = stateOf(jobOf({ id: 'shop_orders', catchup: 'none' }), { settled_through: at('01:00') });
    const { runs, records, decisions } = planBy({ jobs: ['shop_orders'] }, [state]);
    expect(runs.map(({ slot }) => slot)).toEqual(['manual-r7']);
    expect(records).toEqual([]);
    expect(decisions.map(({ decision }) => decision)).toEqual(['run', ...Array(4).fill('not_selected')]);
  });

  it('counts its own attempts', () => {
    const attempt = { slot: 'manual-r7', count: 1, at: at('08:00'), reason: 'x' };
    const state = stateOf(jobOf({ id: 'shop_orders' }), { attempt });
    expect(planBy({ jobs: ['shop_orders'] }, [state]).runs).toMatchObject([{ attempt: 2 }]);
  });
});

describe('what holds a manual run back', () => {
  it('is being disabled, for a glob, a group and force alone; the exact id runs it and says so', () => {
    for (const selection of [
      { jobs: ['shop_r*'] },
      { groups: ['sales'] },
      { force: true },
      { jobs: ['shop_*'], force: true },
    ]) {
      expect(decisionOn('shop_returns', selection)?.decision).toBe('disabled');
    }
    for (const selection of [
      { jobs: ['shop_returns'] },
      { jobs: ['shop_*', 'shop_returns'] },
      { jobs: ['shop_returns', 'shop_*'] },
    ]) {
      expect(decisionOn('shop_returns', selection)).toMatchObject({
        decision: 'run',
        reason: 'asked for by hand, though disabled on schedule',
      });
    }
  });

  it('is belonging elsewhere, whatever is said', () => {
    const decision = decisionOn('shop_prices', { jobs: ['shop_prices'], force: true });
    expect(decision).toMatchObject({ decision: 'other_environment', reason: 'runs only in dev' });
  });

  it('is that its data set is gone, unless forced', () => {
    const gone = new Map([['crm_deals', at('02:00')]]);
    const [decided, forced] = [false, true].map((force) => planBy({ jobs: ['crm_deals'], force }, [], { gone }));
    expect(decided?.decisions.find(({ job }) => job === 'crm_deals')).toMatchObject({
      decision: 'unit_gone',
      reason: expect.stringMatching(/^crm has no orders any more, since .*; force would run it$/),
    });
    expect([decided?.runs, forced?.runs.map(({ job }) => job)]).toEqual([[], ['crm_deals']]);
  });

  it('is being paused, unless forced', () => {
    const paused = stateOf(jobOf({ id: 'crm_deals' }), { paused: { at: at('02:00'), reason: 'vacation' } });
    expect(decisionOn('crm_deals', { jobs: ['crm_deals'] }, [paused])).toMatchObject({
      decision: 'paused',
      reason: 'paused: vacation; force would run it',
    });
    expect(runningIn({ jobs: ['crm_deals'], force: true }, [paused])).toEqual(['crm_deals']);
  });

  it('is a live claim, even when forced', () => {
    const claim = { slot: at('08:00'), run: 'r1', attempt: 1, claimed_at: at('08:05'), lease_until: at('08:20') };
    const state = stateOf(jobOf({ id: 'crm_deals' }), { claim });
    const busy = decisionOn('crm_deals', { jobs: ['crm_deals'], force: true }, [state]);
    expect(busy).toMatchObject({ decision: 'in_progress', slot: at('08:00') });
    const after = { ...state, claim: { ...claim, lease_until: at('08:10') } };
    expect(runningIn({ jobs: ['crm_deals'] }, [after])).toEqual(['crm_deals']);
  });

  it('is a missing credential', () => {
    const missingCredentials = (id: string): string[] => (id === 'crm_deals' ? ['CRM_TOKEN'] : []);
    const { decisions, runs } = planBy({ jobs: ['crm_*'] }, [], { missingCredentials });
    expect(runs.map(({ job }) => job)).toEqual(['crm_contacts']);
    expect(decisions.at(-1)).toMatchObject({
      decision: 'missing_credentials',
      reason: 'missing credentials: CRM_TOKEN',
    });
  });
});

it('does not mind a pattern made to be slow', () => {
  const id = 'a'.repeat(100);
  const jobs: Job[] = [jobOf({ id })];
  const selection = select({ jobs: [`${'a*'.repeat(50)}b`] });
  expect(() => plan(inputOf(jobs, [], { selection }))).toThrow(expect.objectContaining({ code: 'unknown-job' }));
});
