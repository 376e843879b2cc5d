import { describe, expect, it } from 'vitest';
import { configOf, inputOf, jobOf, serviceOf, stateOf } from './example.ts';
import { MAX_LEGS, MAX_MATRIX_BYTES, packLegs } from './legs.ts';
import { plan } from './plan.ts';
import type { PlannedRun } from './types.ts';

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
    expect(packLegs(config, 'prd', [run('a'), run('b')]).legs).toEqual([
      {
        leg: 'a',
        runs: 'a@2026-11-21T08:00:00.000Z',
        environment: 'prd',
        timeout_minutes: 30,
        packages: '@tidemill/shop',
        services: ['shop'],
      },
      {
        leg: 'b',
        runs: 'b@2026-11-21T08:00:00.000Z',
        environment: 'prd',
        timeout_minutes: 45,
        packages: '@tidemill/crm',
        services: ['crm'],
      },
    ]);
  });

  it('hold all slots of their job in order, with the time of all of them, up to what GitHub allows', () => {
    const config = configOf([jobOf({ id: 'a', timeout_minutes: 100 })]);
    const slots = ['05', '06', '07'].map((hour) => `2026-11-21T${hour}:00:00.000Z`);
    const runs = slots.map((slot) => run('a', slot));
    expect(packLegs(config, 'prd', runs).legs).toMatchObject([
      { runs: slots.map((slot) => `a@${slot}`).join(' '), timeout_minutes: 300 },
    ]);
    expect(packLegs(config, 'prd', [...runs, run('a')]).legs).toMatchObject([{ timeout_minutes: 350 }]);
  });

  it('need no package for commands, and each package once', () => {
    const jobs = [jobOf({ id: 'a', command: './fetch' }), jobOf({ id: 'b' }), jobOf({ id: 'c' })];
    const services = new Map([['shop', serviceOf('shop', { serial: true, package: '@example/shop' })]]);
    const config = configOf(jobs, { services });
    expect(packLegs(config, 'prd', [run('a')]).legs).toMatchObject([{ leg: 'a', packages: '' }]);
    expect(
      packLegs(
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
    const { legs } = packLegs(
      configOf(jobs, { services }),
      'prd',
      jobs.map(({ id }) => run(id)),
    );
    expect(legs.map(({ leg }) => leg)).toEqual(['strava', 'b', 'd']);
    expect(legs[0]).toMatchObject({ runs: expect.stringMatching(/^a@\S+ c@\S+$/), timeout_minutes: 60 });
    const alone = packLegs(configOf(jobs, { services }), 'prd', [run('a')]);
    expect(alone.legs[0]?.leg).toBe('a');
  });

  it('have names of their own, in any case', () => {
    const jobs = ['orders', 'Orders', 'strava'].map((id) => jobOf({ id }));
    const serial = ['x', 'y'].map((id) => jobOf({ id, service: 'strava' }));
    const services = new Map([
      ['strava', serviceOf('strava', { serial: true })],
      ['shop', serviceOf('shop')],
    ]);
    const config = configOf([...jobs, ...serial], { services });
    const { legs } = packLegs(
      config,
      'prd',
      [...jobs, ...serial].map(({ id }) => run(id)),
    );
    expect(legs.map(({ leg }) => leg)).toEqual(['orders', 'Orders-2', 'strava', 'strava-2']);
  });
});

describe('more than GitHub takes', () => {
  it('is packed evenly, in order, several jobs to a leg', () => {
    const ids = numbered(700);
    const { legs, runs } = packLegs(
      configOf(ids.map((id) => jobOf({ id }))),
      'prd',
      ids.map((id) => run(id)),
    );
    expect(legs).toHaveLength(MAX_LEGS);
    expect(runs).toHaveLength(700);
    const packed = legs.map((leg) => leg.runs.split(' ').map((each) => each.split('@')[0]));
    expect(packed.flat()).toEqual(ids);
    expect(new Set(packed.map(({ length }) => length))).toEqual(new Set([2, 3]));
    expect(new Set(legs.map(({ leg }) => leg)).size).toBe(MAX_LEGS);
    expect(legs[0]).toMatchObject({ leg: 'job_0-and-1-more', timeout_minutes: 60 });
    expect(legs.every(({ leg }) => /^[\w.-]+$/.test(leg))).toBe(true);
  });

  it('keeps a serial service whole', () => {
    const ids = numbered(300);
    const jobs = [...ids.map((id) => jobOf({ id })), ...numbered(9, 's').map((id) => jobOf({ id, service: 'strava' }))];
    const services = new Map([
      ['strava', serviceOf('strava', { serial: true })],
      ['shop', serviceOf('shop')],
    ]);
    const { legs } = packLegs(
      configOf(jobs, { services }),
      'prd',
      jobs.map(({ id }) => run(id)),
    );
    expect(legs.filter((leg) => leg.packages.includes('strava'))).toHaveLength(1);
  });

  it('is cut where the matrix would get too long, and never loses the first run', () => {
    const ids = numbered(9000, 'a_job_with_quite_a_long_name');
    const runs = ids.map((id) => run(id));
    const packed = packLegs(configOf(ids.map((id) => jobOf({ id }))), 'prd', runs);
    const bytes = Buffer.byteLength(JSON.stringify({ include: packed.legs }));
    expect(bytes).toBeLessThanOrEqual(MAX_MATRIX_BYTES);
    expect(bytes).toBeGreaterThan(MAX_MATRIX_BYTES * 0.9);
    expect(packed.runs).toEqual(runs.slice(0, packed.runs.length));
    expect(packed.legs.flatMap((leg) => leg.runs.split(' '))).toHaveLength(packed.runs.length);
  });

  it('may be a single service', () => {
    const ids = numbered(9000, 'a_job_with_quite_a_long_name');
    const services = new Map([['shop', serviceOf('shop', { serial: true })]]);
    const { legs } = packLegs(
      configOf(
        ids.map((id) => jobOf({ id })),
        { services },
      ),
      'prd',
      ids.map((id) => run(id)),
    );
    expect(legs).toHaveLength(1);
    expect(Buffer.byteLength(JSON.stringify({ include: legs }))).toBeLessThanOrEqual(MAX_MATRIX_BYTES);
  });
});

describe('a plan over ten thousand jobs', () => {
  const jobs = numbered(10_000, 'service_with_a_name').map((id) => jobOf({ id }));
  const settled = (time: string) => jobs.map((job) => stateOf(job, { settled_through: `2026-11-21T${time}:00.000Z` }));

  it('runs what there is room for, and leaves the rest to the next plan, which says so', () => {
    const planned = plan(inputOf(jobs, settled('07:00')));
    expect(planned.decisions).toHaveLength(10_000);
    expect(Buffer.byteLength(JSON.stringify(planned.matrix))).toBeLessThanOrEqual(MAX_MATRIX_BYTES);
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
    expect(next.runs.map(({ job }) => job)).toEqual(deferred);
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
