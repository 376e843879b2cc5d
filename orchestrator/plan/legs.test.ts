import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configOf, inputOf, jobOf, NOW, serviceOf, stateOf } from '../../test/fixtures/plan.ts';
import type { Config, Job } from '../config/job.ts';
import type { JobState } from '../state/job-state.ts';
import { MAX_LEGS, MAX_MATRIX_LENGTH, matrixLength, type Packed, packLegs } from './legs.ts';
import { plan } from './plan.ts';
import type { PlanInput, PlannedRun } from './types.ts';

const packed = (
  config: Config,
  environment: string,
  runs: readonly PlannedRun[],
  more: Partial<PlanInput> = {},
): Packed => packLegs({ config, environment, states: new Map(), ...more }, runs);

const run = (job: string, slot = '2026-11-21T08:00:00.000Z'): PlannedRun => ({
  job,
  slot,
  interval: { start: '2026-11-21T07:00:00.000Z', end: '2026-11-21T08:00:00.000Z' },
  attempt: 1,
  reason: 'on time',
});

const numbered = (count: number, prefix = 'job'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}_${index}`);

describe('legs', () => {
  it('are one a job, with its package', () => {
    const config = configOf([jobOf({ id: 'a' }), jobOf({ id: 'b', service: 'crm', timeout_minutes: 45 })]);
    expect(packed(config, 'prd', [run('a'), run('b')]).legs).toEqual([
      {
        leg: 'a',
        runs: 'a@2026-11-21T08:00:00.000Z',
        environment: 'prd',
        timeout_minutes: 30,
        packages: '@tidemill/shop',
        services: ['shop'],
        group: 'a',
      },
      {
        leg: 'b',
        runs: 'b@2026-11-21T08:00:00.000Z',
        environment: 'prd',
        timeout_minutes: 45,
        packages: '@tidemill/crm',
        services: ['crm'],
        group: 'b',
      },
    ]);
  });

  it('hold all slots of their job in order, with the time of all of them, up to what GitHub allows', () => {
    const config = configOf([jobOf({ id: 'a', timeout_minutes: 100 })]);
    const slots = ['05', '06', '07'].map((hour) => `2026-11-21T${hour}:00:00.000Z`);
    const runs = slots.map((slot) => run('a', slot));
    expect(packed(config, 'prd', runs).legs).toMatchObject([
      { runs: slots.map((slot) => `a@${slot}`).join(' '), timeout_minutes: 300 },
    ]);
    expect(packed(config, 'prd', [...runs, run('a')]).legs).toMatchObject([{ timeout_minutes: 350 }]);
  });

  it('need the package that brings the program of a service', () => {
    const services = new Map([['shop', serviceOf('shop', { program_package: '@acme/taps' })]]);
    const config = configOf([jobOf({ id: 'a', command: ['tap', 'a'] })], { services });
    expect(packed(config, 'prd', [run('a')]).legs).toMatchObject([{ packages: '@acme/taps' }]);
  });

  it('need no package for commands, and each package once', () => {
    const jobs = [jobOf({ id: 'a', command: './fetch' }), jobOf({ id: 'b' }), jobOf({ id: 'c' })];
    const services = new Map([['shop', serviceOf('shop', { serial: true, package: '@example/shop' })]]);
    const config = configOf(jobs, { services });
    expect(packed(config, 'prd', [run('a')]).legs).toMatchObject([{ leg: 'a', packages: '' }]);
    expect(
      packed(
        config,
        'prd',
        jobs.map(({ id }) => run(id)),
      ).legs,
    ).toMatchObject([{ packages: '@example/shop' }]);
  });

  it('are one for all jobs of a serial service', () => {
    const jobs = [
      jobOf({ id: 'a', service: 'strava' }),
      jobOf({ id: 'b' }),
      jobOf({ id: 'c', service: 'strava' }),
      jobOf({ id: 'd' }),
    ];
    const services = new Map([
      ['strava', serviceOf('strava', { serial: true })],
      ['shop', serviceOf('shop')],
    ]);
    const { legs } = packed(
      configOf(jobs, { services }),
      'prd',
      jobs.map(({ id }) => run(id)),
    );
    expect(legs.map(({ leg }) => leg)).toEqual(['strava', 'b', 'd']);
    expect(legs[0]).toMatchObject({ runs: expect.stringMatching(/^a@\S+ c@\S+$/), timeout_minutes: 60 });
    const alone = packed(configOf(jobs, { services }), 'prd', [run('a')]);
    expect(alone.legs[0]?.leg).toBe('a');
    // In whatever plan they are: two of them may be under way at the same time.
    const other = packed(configOf(jobs, { services }), 'prd', [run('c')]);
    expect([legs, alone.legs, other.legs].map(([leg]) => leg?.group)).toEqual(Array(3).fill('service strava'));
  });

  it('have names of their own, in any case', () => {
    const jobs = ['orders', 'Orders', 'strava'].map((id) => jobOf({ id }));
    const serial = ['x', 'y'].map((id) => jobOf({ id, service: 'strava' }));
    const services = new Map([
      ['strava', serviceOf('strava', { serial: true })],
      ['shop', serviceOf('shop')],
    ]);
    const config = configOf([...jobs, ...serial], { services });
    const { legs } = packed(
      config,
      'prd',
      [...jobs, ...serial].map(({ id }) => run(id)),
    );
    expect(legs.map(({ leg }) => leg)).toEqual(['orders', 'Orders-2', 'strava', 'strava-2']);
  });
});

describe('more than GitHub takes', () => {
  it('is packed evenly, several jobs to a leg, each leg in order', () => {
    const ids = numbered(700);
    const { legs, runs } = packed(
      configOf(ids.map((id) => jobOf({ id }))),
      'prd',
      ids.map((id) => run(id)),
    );
    expect(legs).toHaveLength(MAX_LEGS);
    expect(runs).toHaveLength(700);
    const shared = legs.map((leg) => leg.runs.split(' ').map((each) => each.split('@')[0] ?? ''));
    expect(shared.flat().toSorted()).toEqual(ids.toSorted());
    expect(new Set(shared.map(({ length }) => length))).toEqual(new Set([2, 3]));
    const place = (id = ''): number => ids.indexOf(id);
    expect(shared).toEqual(shared.map((leg) => leg.toSorted((a, b) => place(a) - place(b))));
    expect(shared.map(([first]) => place(first))).toEqual(Array.from(shared, (_, leg) => leg));
    expect(new Set(legs.map(({ leg }) => leg)).size).toBe(MAX_LEGS);
    expect(legs[0]).toMatchObject({ leg: 'job_0-and-2-more', timeout_minutes: 90 });
    expect(legs.every(({ leg }) => /^[\w.-]+$/.test(leg))).toBe(true);
  });

  it('keeps a serial service whole', () => {
    const ids = numbered(300);
    const jobs = [...ids.map((id) => jobOf({ id })), ...numbered(9, 's').map((id) => jobOf({ id, service: 'strava' }))];
    const services = new Map([
      ['strava', serviceOf('strava', { serial: true })],
      ['shop', serviceOf('shop')],
    ]);
    const { legs } = packed(
      configOf(jobs, { services }),
      'prd',
      jobs.map(({ id }) => run(id)),
    );
    expect(legs.filter((leg) => leg.packages.includes('strava'))).toHaveLength(1);
  });

  it('is cut where the matrix would get too long, and never loses the first run', () => {
    const ids = numbered(9000, 'a_job_with_quite_a_long_name');
    const runs = ids.map((id) => run(id));
    const full = packed(configOf(ids.map((id) => jobOf({ id }))), 'prd', runs);
    const length = matrixLength(full.legs);
    expect(length).toBeLessThanOrEqual(MAX_MATRIX_LENGTH);
    expect(length).toBeGreaterThan(MAX_MATRIX_LENGTH * 0.9);
    expect(full.runs).toEqual(runs.slice(0, full.runs.length));
    expect(full.legs.flatMap((leg) => leg.runs.split(' '))).toHaveLength(full.runs.length);
  });

  it('may be a single service', () => {
    const ids = numbered(9000, 'a_job_with_quite_a_long_name');
    const services = new Map([['shop', serviceOf('shop', { serial: true })]]);
    const { legs } = packed(
      configOf(
        ids.map((id) => jobOf({ id })),
        { services },
      ),
      'prd',
      ids.map((id) => run(id)),
    );
    expect(legs).toHaveLength(1);
    expect(matrixLength(legs)).toBeLessThanOrEqual(MAX_MATRIX_LENGTH);
  });
});

describe('what one machine is told', () => {
  // https://github.com/actions/runner/issues/1733: a variable that is longer, and no program starts.
  const MAX_ARG_STRLEN = 131_072;

  it('fits into a variable, and of each job the older slots come first', () => {
    const ids = numbered(9, 'export');
    const services = new Map([['shop', serviceOf('shop', { serial: true })]]);
    const config = configOf(
      ids.map((id) => jobOf({ id })),
      { services },
    );
    const slots = Array.from({ length: 1000 }, (_, hour) => new Date(Date.parse(NOW) + hour * 3_600_000).toISOString());
    const all = slots.flatMap((slot) => ids.map((id) => run(id, slot)));
    const { legs, runs } = packed(config, 'prd', all);
    expect(legs.map((leg) => leg.runs.length + 'RUNS='.length < MAX_ARG_STRLEN)).toEqual([true]);
    expect(legs[0]?.runs.length).toBeGreaterThan(MAX_ARG_STRLEN * 0.9);
    expect(legs[0]?.runs.split(' ')).toEqual(runs.map(({ job, slot }) => `${job}@${slot}`));
    for (const id of ids) {
      const own = runs.filter(({ job }) => job === id).map(({ slot }) => slot);
      expect(own).toEqual(slots.slice(0, own.length));
    }
    expect(runs[0]).toEqual(all[0]);
  });

  it('leaves room for other legs', () => {
    const jobs = [...numbered(4000).map((id) => jobOf({ id })), jobOf({ id: 'last', service: 'crm' })];
    const config = configOf(jobs, { legs: 'packed', max_parallel_jobs: 1 });
    const { legs } = packed(
      config,
      'prd',
      jobs.map(({ id }) => run(id)),
    );
    expect(legs).toHaveLength(2);
    expect(legs.every(({ runs }) => runs.length + 'RUNS='.length < MAX_ARG_STRLEN)).toBe(true);
    expect(legs[1]?.runs).toMatch(/^last@/);
  });
});

describe('a plan over ten thousand jobs', () => {
  const jobs = numbered(10_000, 'service_with_a_name').map((id) => jobOf({ id }));
  const settled = (time: string) => jobs.map((job) => stateOf(job, { settled_through: `2026-11-21T${time}:00.000Z` }));

  it('runs what there is room for, and leaves the rest to the next plan, which says so', () => {
    const planned = plan(inputOf(jobs, settled('07:00')));
    expect(planned.decisions).toHaveLength(10_000);
    expect(matrixLength(planned.matrix.include)).toBeLessThanOrEqual(MAX_MATRIX_LENGTH);
    expect(planned.matrix.include).toHaveLength(MAX_LEGS);
    expect(planned.max_parallel).toBe(4);
    const running = new Set(planned.runs.map(({ job }) => job));
    const deferred = planned.decisions.filter(({ decision }) => decision === 'deferred').map(({ job }) => job);
    expect(running.size + deferred.length).toBe(10_000);
    expect(deferred.length).toBeGreaterThan(0);
    expect(planned.decisions.at(-1)).toMatchObject({ decision: 'deferred', slot: '2026-11-21T08:00:00.000Z' });
    expect(planned.decisions.at(-1)?.reason).toContain('the next plan takes it');

    const states = jobs.map((job) =>
      stateOf(job, { settled_through: `2026-11-21T0${running.has(job.id) ? 8 : 7}:00:00.000Z` }),
    );
    const next = plan(inputOf(jobs, states));
    expect(next.runs.length).toBeGreaterThan(1000);
    expect(next.runs.map(({ job }) => job)).toEqual(deferred.slice(0, next.runs.length));
  });

  it('has nothing to do when all is settled', () => {
    const { has_work, matrix, max_parallel, decisions, records } = plan(inputOf(jobs, settled('08:00')));
    expect({ has_work, matrix, max_parallel, records }).toEqual({
      has_work: false,
      matrix: { include: [] },
      max_parallel: 1,
      records: [],
    });
    expect(decisions.every(({ decision }) => decision === 'not_due')).toBe(true);
  });
});

describe('legs of one machine', () => {
  const legsOf = (jobs: readonly Job[], seconds: number, secretless?: ReadonlySet<string>): string[] => {
    const states = jobs.map((job) => stateOf(job, { recent: [{ slot: NOW, at: NOW, outcome: 'done', seconds }] }));
    const config = configOf(jobs, { legs: 'single', max_parallel_jobs: 3 });
    const runs = jobs.map(({ id }) => run(id));
    const known = { states: new Map(states.map((state) => [state.job, state])), secretless: secretless ?? new Set() };
    return packed(config, 'prd', runs, known).legs.map((leg) => leg.runs.replaceAll(/@\S+/g, ''));
  };
  const jobs = ['a1', 'b1', 'a2', 'b2', 'a3'].map((id) => jobOf({ id, service: id.slice(0, 1) }));

  it('are one a service where its jobs are quick, and several where they are not, as many as may run at a time', () => {
    expect(legsOf(jobs, 5)).toEqual(['a1 a2 a3', 'b1 b2']);
    expect(legsOf(jobs, 15)).toEqual(['a1 a3', 'b1 b2', 'a2']);
    const three = ['a', 'b', 'c', 'd'].map((id) => jobOf({ id, service: id }));
    expect(legsOf(three, 5), 'services are never mixed').toEqual(['a', 'b', 'c', 'd']);
    expect(legsOf(three, 5, new Set(['a', 'b', 'c', 'd'])), 'but for those without secrets').toEqual(['a b c d']);
  });
});

describe('packed legs', () => {
  const shop = [600, 100, 300, 200].map((timeout_minutes, index) => jobOf({ id: `job_${index}`, timeout_minutes }));
  const legsOf = (
    jobs: readonly Job[],
    most: number,
    more: Partial<PlanInput> = {},
    legsAre: Config['legs'] = 'packed',
  ): string[][] => {
    const config = configOf(jobs, { legs: legsAre, max_parallel_jobs: most });
    const { legs } = packed(
      config,
      'prd',
      jobs.map(({ id }) => run(id)),
      more,
    );
    return legs.map((leg) => leg.runs.split(' ').map((each) => each.split('@')[0] ?? ''));
  };

  it('are at most max_parallel_jobs, balanced by what is known of the time, and no more than it takes', () => {
    expect(legsOf(shop, 2)).toEqual([['job_0'], ['job_1', 'job_2', 'job_3']]);
    const took = (job: Job | undefined, ...seconds: readonly number[]): JobState =>
      stateOf(jobOf({ id: job?.id ?? '' }), {
        recent: seconds.map((each) => ({ slot: NOW, at: NOW, outcome: 'done', seconds: each })),
      });
    const states = new Map(shop.map((job) => [job.id, took(job, 3000, 5000)]));
    expect(legsOf(shop, 2, { states })).toEqual([
      ['job_0', 'job_2'],
      ['job_1', 'job_3'],
    ]);
    expect(legsOf(shop, 1)).toEqual([['job_0', 'job_1', 'job_2', 'job_3']]);
    expect(legsOf(shop, 9)).toHaveLength(4);
    const quick = new Map(shop.map((job) => [job.id, took(job, 20)]));
    expect(legsOf(shop, 9, { states: quick })).toHaveLength(1);
  });

  it('never hold jobs of two services, so that none sees the other’s secrets, even if that makes more legs', () => {
    const jobs = ['a', 'b', 'c'].flatMap((service) =>
      [`${service}_1`, `${service}_2`].map((id) => jobOf({ id, service })),
    );
    expect(legsOf(jobs, 1)).toEqual([
      ['a_1', 'a_2'],
      ['b_1', 'b_2'],
      ['c_1', 'c_2'],
    ]);
    expect(legsOf(jobs, 1, { secretless: new Set(['a', 'c']) })).toEqual([
      ['a_1', 'a_2', 'c_1', 'c_2'],
      ['b_1', 'b_2'],
    ]);
  });

  it('never hold a serial service with another, whose machine would wait by another name', () => {
    const jobs = ['a', 'b', 'a', 'c'].map((service, at) => jobOf({ id: `j${at}`, service }));
    const services = new Map(['a', 'b', 'c'].map((name) => [name, serviceOf(name, { serial: name === 'a' })]));
    const config = configOf(jobs, { legs: 'packed', max_parallel_jobs: 1, services });
    const runs = jobs.map(({ id }) => run(id));
    const { legs } = packed(config, 'prd', runs, { secretless: new Set(['a', 'b', 'c']) });
    expect(legs.map(({ leg, group }) => [leg, group])).toEqual([
      ['a', 'service a'],
      ['j1-and-1-more', 'j1-and-1-more'],
    ]);
  });

  it.each(['packed', 'single'] as const)(
    'hold for any jobs, in any number: all runs, no foreign secrets, no more legs than allowed (%s)',
    (way) => {
      const job = fc.record({
        service: fc.constantFrom('a', 'b', 'c', 'free', 'open'),
        minutes: fc.integer({ min: 1, max: 900 }),
      });
      const secretless = new Set(['free', 'open']);
      const check = fc.property(fc.array(job, { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (some, most) => {
        const jobs = some.map(({ service, minutes }, at) => jobOf({ id: `j${at}`, service, timeout_minutes: minutes }));
        const legs = legsOf(jobs, most, { secretless }, way);
        expect(legs.flat().toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
        const ownersIn = (leg: readonly string[]) =>
          new Set(
            leg.map((id) => jobs[Number(id.slice(1))]?.service).map((name = '') => (secretless.has(name) ? '' : name)),
          );
        expect(legs.map((leg) => ownersIn(leg).size)).toEqual(legs.map(() => 1));
        const owners = ownersIn(jobs.map(({ id }) => id)).size;
        expect(legs.length).toBeGreaterThanOrEqual(owners);
        expect(legs.length).toBeLessThanOrEqual(Math.min(jobs.length, Math.max(owners, most)));
      });
      fc.assert(check, { seed: 20261121, numRuns: 300 });
    },
  );

  it('are not mixed either where GitHub takes no more: what finds no leg waits', () => {
    const jobs = numbered(300).map((id) => jobOf({ id, service: `of_${id}` }));
    const config = configOf(jobs);
    const { legs, runs } = packed(
      config,
      'prd',
      jobs.map(({ id }) => run(id)),
    );
    expect(legs).toHaveLength(MAX_LEGS);
    expect(legs.every(({ services }) => services.length === 1)).toBe(true);
    expect(runs.map(({ job }) => job)).toEqual(numbered(MAX_LEGS));
  });
});
