import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
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
  // 720 ticks find the first two, 30 of them the third, which takes 325 seconds with everything around it.
  expect(found).toEqual({
    days: 30,
    plans: 720,
    reports: 720,
    legs: { per_job: 720 + 720 + 30 * 6, packed: 690 + 30 * 6 },
  });
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
  expect(monthOfMinutes(inputOf(jobs, states, { config }))?.legs).toEqual({ per_job: 120, packed: 60 });
  expect(monthOfMinutes(inputOf(jobs, states, { config, secretless: new Set(['a', 'b']) }))?.legs.packed).toBe(30);
  expect(monthOfMinutes(inputOf(jobs, states, { config: { ...config, services } }))?.legs.per_job).toBe(90);
});

it('costs nothing but plans where nothing is scheduled, and is left out for very many jobs', () => {
  expect(monthOfMinutes(inputOf([jobOf({ cron: undefined })]))).toMatchObject({ reports: 0, legs: { per_job: 0 } });
  const many = Array.from({ length: 1001 }, (_, index) => jobOf({ id: `j${index}` }));
  expect(monthOfMinutes(inputOf(many))).toBeUndefined();
});

it('knows when the workflow ticks', async () => {
  const workflow = new URL('../../.github/workflows/data-ingestion-orchestrator.yaml', import.meta.url);
  expect(await readFile(workflow, 'utf8')).toContain(`- cron: '${TICK_MINUTE} * * * *'`);
});
