import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { secretsOf, withSecrets } from '../../../orchestrator/workflows/secrets.ts';
import type { WorkflowRun } from '../harness.ts';
import { makeRepository, type Repository } from '../repository.ts';
import { legsOf, logOf, type Options, orchestrator, prints, resultsOf, run, shop } from '../scenario.ts';

const SCHEDULE: Options = { event: { name: 'schedule' } };
const TOKEN = 'tok_4711_very_secret';

describe('a repository with one job', () => {
  let repository: Repository;
  let first: WorkflowRun;
  let second: WorkflowRun;
  let third: WorkflowRun;

  beforeAll(async () => {
    repository = await makeRepository({ jobs: { orders: shop('orders', prints(1)) } });
    first = await run(repository, '2026-11-21T05:17:00Z', SCHEDULE);
    second = await run(repository, '2026-11-21T06:17:00Z', SCHEDULE);
    third = await run(repository, '2026-11-21T06:18:00Z', SCHEDULE);
  });

  it('owes nothing when it is first seen: the run is green and costs one machine', () => {
    expect(resultsOf(first), logOf(first)).toEqual({ plan: 'success', ingest: 'skipped', report: 'skipped' });
    const [plan] = legsOf(first, 'plan');
    expect(plan!.summary).toMatch(/Nothing is owed.*orders.*first slot 2026-11-21 06:00 UTC/s);
    expect(plan!.outputs).toEqual({ idle: 'yes' });
  });

  it('gets one leg for its slot, with what it needs to know', () => {
    expect(resultsOf(second), logOf(second)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
    expect(legsOf(second)).toMatchObject([
      {
        name: 'orders',
        environment: 'dev',
        // The job's 30 minutes, and a margin.
        timeoutMinutes: 40,
        concurrency: { group: 'tidemill-dev-orders', queue: 'max' },
        matrix: { runs: 'orders@2026-11-21T06:00:00.000Z' },
      },
    ]);
    expect(legsOf(second)[0]!.summary).toContain('1 job done: 1 inserted');
    expect(legsOf(second, 'report')[0]!.summary).toMatch(
      /\| \[orders\]\(https:\/\/[^)]+\/actions\/runs\/\d+\/job\/4711\) \|/,
    );
    expect(legsOf(second, 'report')[0]!.summary).toContain('1 job done: 1 inserted');
  });

  it('installs for a command nothing but the orchestrator and the warehouse’s driver', () => {
    const { install } = legsOf(second)[0]!.matrix as { install: string };
    expect(install).toBe('-w tidemill -w @tidemill/warehouse-duckdb');
  });

  it('owes nothing right after', () => {
    expect(resultsOf(third), logOf(third)).toEqual({ plan: 'success', ingest: 'skipped', report: 'skipped' });
  });

  it('keeps no artifact of a green run', () => {
    expect(second.artifacts.size).toBe(0);
  });
});

describe('several jobs, one of which fails', () => {
  let repository: Repository;
  let red: WorkflowRun;
  let recovered: WorkflowRun;
  let again: WorkflowRun;

  beforeAll(async () => {
    const isFixed = (file: string) =>
      `touch gha-creds-1.json; test -e ${file} || { echo "refused: $SHOP_TOKEN" >&2; exit 3; }`;
    const fixed = join(await mkdtemp(join(tmpdir(), 'source-')), 'fixed');
    const jobs = {
      bad: shop('bad', `${isFixed(fixed)}; ${prints(1)}`, { dependencies: ['SHOP_TOKEN'] }),
      orders: shop('orders', prints(1)),
      people: shop('people', prints(2)),
      daily: shop('daily', prints(3), { cron: '0 12 * * *' }),
    };
    repository = await makeRepository({ global: { max_parallel_jobs: 2 }, jobs });
    const named = secretsOf([], [{ service: 'shop', dependencies: ['SHOP_TOKEN'] }]);
    const workflow = await orchestrator((text) => withSecrets(text, named));
    const secrets = { values: { OTHER: 'nobody_named_it' }, environments: { dev: { SHOP_TOKEN: TOKEN } } };
    const options: Options = { ...SCHEDULE, workflow, secrets };
    await run(repository, '2026-11-21T05:17:00Z', options);
    red = await run(repository, '2026-11-21T06:17:00Z', options);
    await writeFile(fixed, '');
    recovered = await run(repository, '2026-11-21T07:17:00Z', options);
    again = await run(repository, '2026-11-21T07:30:00Z', { ...options, rerunOf: red });
  });

  it('lets the others go on, and ends red', () => {
    const legs = legsOf(red).map(({ name, result }) => [name, result]);
    expect(legs.sort(), logOf(red)).toEqual([
      ['bad', 'failure'],
      ['orders', 'success'],
      ['people', 'success'],
    ]);
    expect(red.conclusion).toBe('failure');
    expect(red.jobs.get('ingest')!.maxParallel).toBe(2);
  });

  it('reports all of them, and is red in the report as well', () => {
    const report = red.jobs.get('report')!;
    expect(report.result).toBe('failure');
    expect(report.legs[0]!.summary).toMatch(/❌ 1 of 3 runs failed or over a gate; 2 done\. /);
    expect(report.legs[0]!.summary).toContain('npx tidemill run bad --slot 2026-11-21T06:00:00.000Z --environment dev');
    expect(report.legs[0]!.summary).toContain('daily');
  });

  it('points at the job’s line in the configuration', async () => {
    const lines = (await readFile(join(repository.folder, 'ingestion-config.yaml'), 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.includes('"bad": {')) + 1;
    const [leg] = legsOf(red).filter(({ name }) => name === 'bad');
    expect(leg!.annotations).toMatchObject([
      { level: 'error', properties: { file: 'ingestion-config.yaml', line: String(line), title: 'bad' } },
    ]);
  });

  it('keeps an artifact for a week: why it failed, where the job stands, and nothing else', async () => {
    expect([...red.artifacts.keys()]).toEqual(['error-bad-1']);
    const { files, days } = red.artifacts.get('error-bad-1')!;
    expect(days).toBe(7);
    expect([...files.keys()]).toEqual(['bad.2026-11-21T060000000Z.json']);
    expect(JSON.parse(await readFile([...files.values()][0]!, 'utf8'))).toMatchObject({
      versions: { node: process.version },
      result: { job: 'bad', slot: '2026-11-21T06:00:00.000Z', attempt: 1, failure: { code: 'command-failed' } },
      job: { id: 'bad', dependencies: ['SHOP_TOKEN'] },
      state: { job: 'bad' },
    });
  });

  it('shows the secret to nobody: no log, summary, annotation, artifact or record', async () => {
    const [artifact] = [...red.artifacts.get('error-bad-1')!.files.values()];
    const shown = [...red.jobs.values()].flatMap(({ legs }) => {
      return legs.map(({ summary, annotations, steps }) =>
        JSON.stringify([summary, annotations, steps.map((step) => step.log)]),
      );
    });
    const bucket = repository.outside('dev', 'bucket');
    const names = (await readdir(bucket, { recursive: true })).filter((name) => name.endsWith('.json'));
    const records = await Promise.all(names.map((name) => readFile(join(bucket, name), 'utf8')));
    const all = [...shown, ...records, await readFile(artifact!, 'utf8')].join('\n');
    expect(all).toContain('refused: ***');
    expect(all).not.toContain(TOKEN);
  });

  it('gives a leg the secrets it names and no others', () => {
    const values = legsOf(red).flatMap(({ steps }) => steps.flatMap(({ env }) => Object.values(env)));
    expect(values).toContain(TOKEN);
    expect(values).not.toContain('nobody_named_it');
  });

  it('runs again at the next tick, and then all is well', () => {
    expect(recovered.conclusion, logOf(recovered)).toBe('success');
    expect(legsOf(recovered).map(({ name }) => name)).toContain('bad');
  });

  it('finds “re-run failed jobs” already covered by then, which is no failure', () => {
    expect(again.identity).toEqual({ ...red.identity, attempt: 2 });
    expect(resultsOf(again), logOf(again)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
    expect(again.jobs.get('plan')).toBe(red.jobs.get('plan'));
    const [leg] = legsOf(again).filter(({ name }) => name === 'bad');
    expect(leg!.summary).toContain('already covered');
  });
});
