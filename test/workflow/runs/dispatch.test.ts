import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DispatchEvent } from '../event.ts';
import type { WorkflowRun } from '../harness.ts';
import { makeRepository, type Repository } from '../repository.ts';
import { legsOf, logOf, type Options, prints, resultsOf, run, shop, workflowText } from '../scenario.ts';

const NOW = '2026-11-21T06:17:00Z';

const byHand = (inputs: Readonly<Record<string, string | boolean>>): DispatchEvent => {
  return { name: 'workflow_dispatch', inputs };
};

/** Plans for real; legs are only made. */
const PLAN_ONLY: Pick<Options, 'evaluateOnly'> = { evaluateOnly: ['ingest', 'report'] };

describe('a run by hand', () => {
  let repository: Repository;

  beforeAll(async () => {
    const jobs = {
      orders: shop('orders', prints(1)),
      orders_archive: shop('orders_archive', prints(2)),
      people: shop('people', prints(3)),
      old: shop('old', prints(4), { enabled: false }),
      live: shop('live', prints(5), { environment: 'prd' }),
    };
    repository = await makeRepository({ jobs }, { weekly: ['people', 'orders'] });
  });

  const namesOf = async (inputs: Readonly<Record<string, string | boolean>>): Promise<string[]> => {
    const planned = await run(repository, NOW, { event: byHand(inputs), ...PLAN_ONLY });
    expect(planned.conclusion, logOf(planned)).toBe('success');
    return legsOf(planned).map(({ name }) => name);
  };

  it('of one job runs it, and is named after it', async () => {
    const ran = await run(repository, NOW, { event: byHand({ job: 'people' }) });
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
    expect(ran.name).toBe('people');
    const [leg] = legsOf(ran);
    expect(leg!.matrix['runs']).toMatch(/^people@manual-20261121T061700Z-\d+-1$/);
    expect(leg!.summary).toContain('1 inserted');
  });

  it('of a job that does not exist ends in the plan, and names the nearest', async () => {
    const ran = await run(repository, NOW, { event: byHand({ job: 'poeple' }) });
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'failure', ingest: 'skipped', report: 'skipped' });
    const [plan] = legsOf(ran, 'plan');
    expect(plan!.annotations).toHaveLength(1);
    expect(plan!.annotations[0]!.message).toMatch(/no job "poeple".*Did you mean "people"\?/s);
  });

  it('of a group that does not exist does the same', async () => {
    const ran = await run(repository, NOW, { event: byHand({ group: 'weekyl' }) });
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'failure', ingest: 'skipped', report: 'skipped' });
    expect(legsOf(ran, 'plan')[0]!.annotations[0]!.message).toMatch(/no job group "weekyl".*Did you mean "weekly"\?/s);
  });

  it('takes several ids', async () => {
    expect(await namesOf({ job: 'people, orders' })).toEqual(['orders', 'people']);
  });

  it('takes a pattern', async () => {
    expect(await namesOf({ job: 'orders*' })).toEqual(['orders', 'orders_archive']);
  });

  it('takes a group', async () => {
    expect(await namesOf({ group: 'weekly' })).toEqual(['orders', 'people']);
  });

  it('with force runs every enabled job of the environment', async () => {
    expect(await namesOf({ force: true })).toEqual(['orders', 'orders_archive', 'people']);
  });

  it('works on the environment it is asked for', async () => {
    const planned = await run(repository, NOW, { event: byHand({ force: true, environment: 'prd' }), ...PLAN_ONLY });
    expect(legsOf(planned).map(({ environment }) => environment)).toEqual(['prd', 'prd', 'prd', 'prd']);
    expect(legsOf(planned).map(({ name }) => name)).toContain('live');
  });

  it('that asks for nothing runs what is owed', async () => {
    const planned = await run(repository, NOW, { event: byHand({}), ...PLAN_ONLY });
    expect(resultsOf(planned), logOf(planned)).toEqual({ plan: 'success', ingest: 'skipped', report: 'skipped' });
    expect(planned.name).toBe('What is owed');
  });

  it('that is only to be looked at says what would run, and does nothing', async () => {
    const ran = await run(repository, NOW, { event: byHand({ job: 'orders*', dry_run: true }) });
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'skipped', report: 'skipped' });
    expect(ran.name).toBe('Dry run of orders*');
    const [plan] = legsOf(ran, 'plan');
    expect(plan!.summary).toMatch(/2 runs planned.*orders.*This was a dry run: nothing/s);
    expect(plan!.summary, 'only the states of these were read').not.toContain('Minutes');
    const fresh = await makeRepository({ jobs: { orders: shop('orders', prints(1)) } });
    const empty = await run(fresh, NOW, { event: byHand({ dry_run: true }) });
    const { summary } = legsOf(empty, 'plan')[0]!;
    expect(summary).toContain('first slot');
    expect(summary).toMatch(
      /Minutes of the next 30 days.*per_job \(as configured\) \| [\d,]+ \|.*packed \| [\d,]+ \|/s,
    );
    expect(await readdir(fresh.outside('dev', 'bucket'))).toEqual([]);
  });

  it('is a full refresh, or one that may delete, when asked for', async () => {
    const told = await makeRepository({ jobs: { people: shop('people', prints(3)) } });
    const bin = join(told.folder, 'orchestrator/bin/tidemill.mjs');
    await appendFile(bin, "\nconsole.log('told:', process.argv.slice(2).join(' '));\n");
    const wordsOf = async (inputs: Readonly<Record<string, string | boolean>>): Promise<string> => {
      const ran = await run(told, NOW, { event: byHand({ job: 'people', ...inputs }), evaluateOnly: ['report'] });
      expect(ran.conclusion, logOf(ran)).toBe('success');
      return /told: run .*/.exec(logOf(ran))?.[0] ?? '';
    };
    expect(await wordsOf({})).toMatch(/^told: run people@manual-\S+ --run-id \S+$/);
    expect(await wordsOf({ full_refresh: true })).toMatch(/^told: run people@manual-\S+ --run-id \S+ --full-refresh$/);
    expect(await wordsOf({ accept_deletes: true })).toMatch(
      /^told: run people@manual-\S+ --run-id \S+ --accept-deletes$/,
    );
  });

  it('cannot break out of a script', async () => {
    const job = '"; touch /tmp/owned; echo "$(touch owned)';
    const ran = await run(repository, NOW, { event: byHand({ job }) });
    expect(ran.jobs.get('plan')!.result).toBe('failure');
    expect(legsOf(ran, 'plan')[0]!.annotations[0]!.message).toContain('no job');
  });

  it('is refused by the form when it asks for what there is not', async () => {
    await expect(run(repository, NOW, { event: byHand({ environment: 'tst' }) })).rejects.toThrow('allowed values');
    await expect(run(repository, NOW, { event: byHand({ jobs: 'people' }) })).rejects.toThrow('Unexpected inputs');
  });
});

describe('the environment of a tick', () => {
  const summaryOf = async (event: DispatchEvent, vars: Readonly<Record<string, string>>): Promise<string> => {
    const repository = await makeRepository({ jobs: { orders: shop('orders', prints(1)) } });
    const ran = await run(repository, NOW, { event, vars: { values: vars } });
    return legsOf(ran, 'plan')[0]!.summary;
  };

  it('is for no environment until the repository names one: the schedule is off, and nothing fails', async () => {
    const repository = await makeRepository({ jobs: { orders: shop('orders', prints(1)) } });
    const ran = await run(repository, NOW, { event: { name: 'schedule' }, vars: { values: {} } });
    expect(resultsOf(ran)).toEqual({ plan: 'skipped', ingest: 'skipped', report: 'skipped' });
  });

  it('is what the repository’s variable names, also for a tick from outside', async () => {
    const event: DispatchEvent = { name: 'repository_dispatch', type: 'tick' };
    expect(await summaryOf(event, { TIDEMILL_ENVIRONMENT: 'prd' })).toContain('Nothing is owed in prd');
  });
});

describe('300 jobs that are owed a run', () => {
  let planned: WorkflowRun;

  beforeAll(async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `job_${index}`);
    const jobs = Object.fromEntries(ids.map((id) => [id, shop(id, prints(1), { timeout_minutes: 300 })]));
    const repository = await makeRepository({ jobs });
    await run(repository, '2026-11-21T05:17:00Z', { event: { name: 'schedule' } });
    planned = await run(repository, NOW, { event: { name: 'schedule' }, ...PLAN_ONLY });
  });

  it('get 256 legs, which is all GitHub allows, and every job is in one of them', () => {
    expect(planned.conclusion, logOf(planned)).toBe('success');
    expect(legsOf(planned)).toHaveLength(256);
    const runs = legsOf(planned).flatMap(({ matrix }) => String(matrix['runs']).split(' '));
    expect(new Set(runs.map((text) => text.split('@')[0])).size).toBe(300);
    expect(runs).toHaveLength(300);
  });

  it('have legs of different names, none of which may take longer than GitHub allows', async () => {
    const legs = legsOf(planned);
    expect(new Set(legs.map(({ name }) => name.toLowerCase())).size).toBe(legs.length);
    expect(Math.max(...legs.map(({ timeoutMinutes }) => timeoutMinutes))).toBe(360);
    // Ten minutes before GitHub would end the machine, the process stops in order.
    const margins = legs.map(({ timeoutMinutes, matrix }) => timeoutMinutes - Number(matrix['time_limit_minutes']));
    expect(new Set(margins)).toEqual(new Set([10]));
    const text = await workflowText('data-ingestion-orchestrator.yaml');
    expect(text).toContain(`TIDEMILL_TIME_LIMIT: $\{{ matrix.time_limit_minutes }}`);
  });
});
