import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { load } from '../../test/fixtures/config.ts';
import { configOf, inputOf, jobOf, NOW, serviceOf, stateOf } from '../../test/fixtures/plan.ts';
import { monthOfMinutes, TICK_MINUTE } from './minutes.ts';

const took = (id: string, seconds: number) =>
  stateOf(jobOf({ id }), { recent: [{ slot: NOW, at: NOW, outcome: 'done' as const, seconds }] });

it('counts a machine for each due job and tick, by the whole minute', () => {
  const jobs = [
    jobOf({ id: 'hourly', cron: '0 * * * *' }),
    jobOf({ id: 'often', cron: '*/10 * * * *' }),
    jobOf({ id: 'daily', cron: '30 5 * * *' }),
    jobOf({ id: 'off', cron: '0 * * * *', enabled: false }),
    jobOf({ id: 'elsewhere', cron: '0 * * * *', environments: ['dev'] }),
  ];
  const states = [took('hourly', 20), took('often', 10), took('daily', 300)];
  const found = monthOfMinutes(inputOf(jobs, states, { config: configOf(jobs, { max_parallel_jobs: 1 }) }));
  // 720 ticks find the first two, 30 of them the third, which takes 325 seconds with everything around it; on one
  // machine, where only one process runs at a time, they take 65 and 365.
  const legs = { per_job: 720 + 720 + 30 * 6, packed: 690 + 30 * 6, single: 690 + 30 * 6 };
  const total = { per_job: 1440 + legs.per_job, packed: 1440 + legs.packed, single: 720 + legs.single };
  expect(found).toEqual({ days: 30, plans: 720, reports: 720, legs, total, recommended: 'packed' });
});

it('of one machine counts the time of its processes side by side, as many as may run at a time', () => {
  const jobs = ['a', 'b', 'c'].map((id) => jobOf({ id, service: id, cron: '0 12 1 * *' }));
  const states = [took('a', 100), took('b', 200), took('c', 90)];
  const minutes = (most: number) =>
    monthOfMinutes(inputOf(jobs, states, { config: configOf(jobs, { max_parallel_jobs: most }) }))?.total.single;
  // With 35 seconds around: 235, 235 (c begins when a is done) and 425 seconds, once, of 720 hours.
  expect([minutes(3), minutes(2), minutes(1)]).toEqual([719 + 4, 719 + 4, 719 + 8]);
});

it('costs the jobs of this repository no more than GitHub’s free minutes on one machine, once they have run', async () => {
  const root = new URL('../../', import.meta.url);
  const text = await readFile(new URL('ingestion-config.yaml', root), 'utf8');
  const config = load(text, await readFile(new URL('job-groups.yaml', root), 'utf8'));
  const secretless = new Set(['web_features', 'mdn_bcd', 'npm']);
  const month = (seconds: number) => {
    const states = config.jobs.map(({ id }) => took(id, seconds));
    return monthOfMinutes({ ...inputOf([], states, { config, secretless }), environment: 'dev' });
  };
  expect(month(3)?.total).toEqual({ per_job: 2401, packed: 2191, single: 720 });
  expect(month(10)?.total.single).toBeLessThanOrEqual(800);
  expect(month(60)?.total).toEqual({ per_job: 3709, packed: 3499, single: 1451 });
});

it('comes to what the README says of thirteen hourly jobs', async () => {
  const jobs = Array.from({ length: 13 }, (_, n) => jobOf({ id: `j${n}`, service: `s${n % 4}`, cron: '5 * * * *' }));
  const states = jobs.map(({ id }) => took(id, 10));
  const config = configOf(jobs, { max_parallel_jobs: 10 });
  const total = monthOfMinutes(inputOf(jobs, states, { config }))?.total;
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = Object.entries({ ...total }).map(([way, minutes]) => {
    // 2,000 minutes are free, a further one costs 0.6 cents of a dollar, of which a euro has 110.
    const price = (Math.max(0, minutes - 2000) * 0.006) / 1.1;
    return `| \`${way}\` | ${minutes.toLocaleString('en')} | ${price.toFixed(2)} |`;
  });
  expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
  expect(rows).toHaveLength(3);
});

it('takes a job that never ran for one of a minute, or longer if its limit is', () => {
  const minutes = (timeout_minutes: number) => {
    const job = jobOf({ id: 'new', cron: '0 12 1 * *', timeout_minutes });
    return monthOfMinutes(inputOf([job]))?.legs.per_job;
  };
  expect([minutes(30), minutes(300)]).toEqual([2, 11]);
});

it('packs no more than may be packed: services with secrets stay apart, serial ones together', () => {
  const jobs = ['a', 'b'].flatMap((service) =>
    [1, 2].map((n) => jobOf({ id: `${service}${n}`, service, cron: '0 0 * * *' })),
  );
  const states = jobs.map(({ id }) => took(id, 5));
  const config = configOf(jobs, { max_parallel_jobs: 1 });
  const services = new Map([
    ['a', serviceOf('a', { serial: true })],
    ['b', serviceOf('b')],
  ]);
  expect(monthOfMinutes(inputOf(jobs, states, { config }))?.legs).toEqual({ per_job: 120, packed: 60, single: 0 });
  const together = monthOfMinutes(inputOf(jobs, states, { config, secretless: new Set(['a', 'b']) }));
  expect([together?.legs.packed, together?.recommended]).toEqual([30, 'packed']);
  expect(monthOfMinutes(inputOf(jobs, states, { config: { ...config, services } }))?.legs.per_job).toBe(90);
});

it('costs nothing but plans where nothing is scheduled, and is left out for very many jobs', () => {
  expect(monthOfMinutes(inputOf([jobOf({ cron: undefined })]))).toMatchObject({
    reports: 0,
    total: { per_job: 720, packed: 720, single: 720 },
    recommended: 'per_job',
  });
  const many = Array.from({ length: 1001 }, (_, index) => jobOf({ id: `j${index}` }));
  expect(monthOfMinutes(inputOf(many))).toBeUndefined();
});

it('knows when the workflow ticks', async () => {
  const workflow = new URL('../../.github/workflows/data-ingestion-orchestrator.yaml', import.meta.url);
  expect(await readFile(workflow, 'utf8')).toContain(`- cron: '${TICK_MINUTE} * * * *'`);
});
