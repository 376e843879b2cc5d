/** The workflow on one machine (`legs: single`): it plans, runs each service as a process of its own, and reports. */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PLAN_STEP, SINGLE_JOB, TELLING_STEP } from '../../../orchestrator/alerts/watch.ts';
import { withLegs } from '../../../orchestrator/workflows/legs.ts';
import { workflowDocuments } from '../../../scripts/documents/workflow.ts';
import { fakeGithubApi, REPOSITORY, TOKEN } from '../../fakes/github-api.ts';
import type { WorkflowRun } from '../harness.ts';
import type { Leg } from '../leg.ts';
import { generatedFor, makeRepository, type Repository } from '../repository.ts';
import { brokenRules } from '../rules.ts';
import { legsOf, logOf, type Options, prints, resultsOf, run, shop, workflowText } from '../scenario.ts';
import type { Workflow } from '../workflow.ts';

const FILE = 'data-ingestion-orchestrator.yaml';
const SINGLE = { legs: 'single', max_parallel_jobs: 3 };
const SECRETS = { SHOP_TOKEN: 'token-of-the-shop', CRM_TOKEN: 'token-of-the-crm' };
const BUNDLE = ['Fetch the bundle', 'Look whether the bundle fits'];
const WEBHOOK = 'http://127.0.0.1:9/services/very-secret';

/** Keeps what its process was started with, and what it is given itself. */
const looks = (id: number): string =>
  `tr '\\0' '\\n' < /proc/$PPID/environ > "$TIDEMILL_OUTPUT/leg"; env > "$TIDEMILL_OUTPUT/command"; ${prints(id)}`;

const JOBS = {
  orders: shop('orders', looks(1), { dependencies: ['SHOP_TOKEN'] }),
  deals: { ...shop('deals', looks(2), { dependencies: ['CRM_TOKEN'] }), service: 'crm' },
  open: { ...shop('open', looks(3)), service: 'public' },
};

const ran = (
  on: { readonly repository: Repository; readonly workflow: Workflow },
  now: string,
  more: Partial<Options> = {},
): Promise<WorkflowRun> =>
  run(on.repository, now, {
    workflow: on.workflow,
    event: { name: 'schedule' },
    secrets: { values: { TIDEMILL_WEBHOOK_URL: WEBHOOK }, environments: { dev: SECRETS } },
    ...more,
  });

async function pushed(jobs: object = JOBS, more: object = {}) {
  const repository = await makeRepository({ global: SINGLE, jobs, ...more });
  return { repository, workflow: await generatedFor(repository, FILE) };
}

const machineOf = (of: WorkflowRun): Leg => legsOf(of, 'single')[0]!;
const stepOf = (of: WorkflowRun, name: string) => machineOf(of).steps.find((step) => step.name === name)!;
const ranSteps = (of: WorkflowRun): string[] =>
  machineOf(of).steps.flatMap(({ name, outcome }) =>
    outcome === 'skipped' || name.startsWith('actions/') ? [] : [name],
  );

/** Which of the secrets stand in the file that the command of a job has left. */
async function seenIn({ repository }: { readonly repository: Repository }, table: string, file: string) {
  const bronze = repository.outside('dev', 'bucket', 'bronze', table);
  const [path] = (await readdir(bronze, { recursive: true })).filter((found) => found.endsWith(`/artifacts/${file}`));
  const text = await readFile(join(bronze, path ?? 'none'), 'utf8');
  expect(text, 'the environment that it is about').toContain('GITHUB_');
  return Object.values(SECRETS).filter((value) => text.includes(value));
}

describe('a schedule on one machine', () => {
  let on: Awaited<ReturnType<typeof pushed>>;
  let idle: WorkflowRun;
  let busy: WorkflowRun;

  beforeAll(async () => {
    on = await pushed();
    idle = await ran(on, '2026-11-21T05:17:00Z');
    busy = await ran(on, '2026-11-21T06:17:00Z');
  });

  it('is taken by GitHub’s parser, breaks none of our rules, and is known to the watchdog', () => {
    expect(brokenRules(on.workflow)).toEqual([]);
    const [job, ...others] = on.workflow.jobs;
    expect([job!.fields.get('name')?.toString(), others]).toEqual([SINGLE_JOB, []]);
    const names = job!.steps.map(({ fields }) => fields.get('name')?.toString());
    expect(names).toEqual(expect.arrayContaining([PLAN_STEP, TELLING_STEP]));
  });

  it('plans and does nothing else where nothing is owed', () => {
    expect(resultsOf(idle), logOf(idle)).toEqual({ single: 'success' });
    expect(ranSteps(idle)).toEqual([...BUNDLE, 'Plan']);
    expect(machineOf(idle).summary).toContain('Nothing is owed');
    expect(machineOf(idle).summary).not.toContain('npm run generate');
  });

  it('runs every job, and reports, on the machine that planned', () => {
    expect(resultsOf(busy), logOf(busy)).toEqual({ single: 'success' });
    expect(ranSteps(busy)).toEqual([
      ...[...BUNDLE, 'Plan', 'Install what the bundle leaves out', 'Ingest', 'Report', TELLING_STEP],
    ]);
    expect(machineOf(busy)).toMatchObject({
      concurrency: { group: 'tidemill-dev', queue: 'max' },
      timeoutMinutes: 360,
    });
    expect(stepOf(busy, 'Ingest').log).toMatch(/^deals {2}\| deals {2}done: 1 record/m);
    const { summary } = machineOf(busy);
    expect(summary).toMatch(/single \(as configured\).*1 job done.*3 jobs done: 3 inserted/s);
    expect(summary).toMatch(/\[orders\]\(https:\/\/[^)]+\/actions\/runs\/\d+\/job\/4711\)/);
    expect(busy.artifacts.size).toBe(0);
  });

  it('shows no process the secrets of another service', async () => {
    const tables = ['shop/orders', 'crm/deals', 'public/open'];
    expect(stepOf(busy, 'Ingest').env).toMatchObject(SECRETS);
    const processes = await Promise.all(tables.map((table) => seenIn(on, table, 'leg')));
    expect(processes).toEqual([[SECRETS.SHOP_TOKEN], [SECRETS.CRM_TOKEN], []]);
  });

  it('gives the other steps none, and the token and the webhook to the one that tells people', async () => {
    const github = { github: { token: TOKEN } };
    const looked = await ran(on, '2026-11-21T07:17:00Z', { ...github, evaluateOnly: ['single'] });
    const holders = (value: string): string[] =>
      machineOf(looked).steps.flatMap(({ name, given }) => (given.some((text) => text.includes(value)) ? [name] : []));
    for (const value of Object.values(SECRETS)) expect(holders(value), 'nothing is planned yet').toEqual([]);
    const others = machineOf(busy).steps.filter(({ name }) => name !== 'Ingest');
    const seen = others.flatMap(({ given }) => given).filter((text) => /token-of-the/.test(text));
    expect(seen).toEqual([]);
    expect([holders(TOKEN), holders(WEBHOOK)]).toEqual([[TELLING_STEP], [TELLING_STEP]]);
  });
});

describe('a job that fails on one machine', () => {
  const bad = shop('bad', 'echo "refused: $SHOP_TOKEN" >&2; exit 3', { dependencies: ['SHOP_TOKEN'] });
  const event = { name: 'workflow_dispatch', inputs: { force: true } } as const;
  let on: Awaited<ReturnType<typeof pushed>>;

  beforeAll(async () => {
    on = await pushed({ bad, deals: JOBS.deals });
  });

  it('makes it red and holds up no other; is an annotation, an artifact without its secret, and an issue', async () => {
    const github = await fakeGithubApi();
    const red = await ran(on, '2026-11-21T06:17:00Z', {
      event,
      github: { api_url: github.url, token: TOKEN, repository: REPOSITORY },
    });
    expect(resultsOf(red), logOf(red)).toEqual({ single: 'failure' });
    const outcomes = ['Ingest', 'Report', TELLING_STEP].map((name) => stepOf(red, name).outcome);
    expect(outcomes).toEqual(['failure', 'failure', 'success']);
    expect(machineOf(red).summary).toContain('❌ 1 of 2 runs failed or over a gate; 1 done. 1 inserted');
    const lines = (await readFile(join(on.repository.folder, 'ingestion-config.yaml'), 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.includes('"bad": {')) + 1;
    expect(machineOf(red).annotations).toContainEqual({
      level: 'error',
      message: expect.stringContaining('bad'),
      properties: expect.objectContaining({ file: 'ingestion-config.yaml', line: String(line), title: 'bad' }),
    });
    const { files, days } = red.artifacts.get('error-legs-1')!;
    expect([[...files.keys()], days]).toEqual([[expect.stringMatching(/^bad\.manual-.*\.json$/)], 7]);
    expect(await readFile([...files.values()][0]!, 'utf8')).not.toContain(SECRETS.SHOP_TOKEN);
    expect(logOf(red)).toContain('bad   | bad  | refused: ***');
    expect(github.issues).toMatchObject([{ title: 'bad fails in dev', state: 'open' }]);
    expect(github.issues[0]!.body).toContain('npx tidemill run bad --environment dev');
  });
});

describe('a run by hand on one machine', () => {
  it('is told what to run, how, and where', async () => {
    const on = await pushed({ ...JOBS, live: shop('live', prints(4), { environment: 'prd' }) });
    const bin = join(on.repository.folder, 'orchestrator/bin/tidemill.mjs');
    await appendFile(
      bin,
      "\nconsole.log('told:', process.argv.slice(2, 3).concat(process.argv.slice(-2)).join(' '));\n",
    );
    const said = async (inputs: Readonly<Record<string, string | boolean>>): Promise<string> =>
      logOf(await ran(on, '2026-11-21T06:17:00Z', { event: { name: 'workflow_dispatch', inputs } }));
    const full = await said({ job: 'orders', full_refresh: true, accept_deletes: true });
    expect(full).toMatch(/^told: legs --full-refresh --accept-deletes$/m);
    expect(full).toMatch(/^orders \| starts: 1 run$/m);
    expect(full).not.toContain('deals');
    expect(await said({ job: 'o*', dry_run: true })).toMatch(/^told: plan .*--dry-run$/m);
    expect(await said({ force: true, environment: 'prd' })).toMatch(/^live +\| live +done: 1 record/m);
    expect(await said({ job: 'ordres' })).toContain('Did you mean "orders"?');
  });
});

describe('the shape of the workflow', () => {
  const config = (legs: 'per_job' | 'packed' | 'single') => ({ legs });

  it('comes and goes without a trace, and is what this repository has', async () => {
    const shipped = await makeRepository({ jobs: JOBS });
    const path = (of: Repository) => join(of.folder, '.github/workflows', FILE);
    await generatedFor(shipped, FILE);
    const generated = async (): Promise<string> =>
      (await workflowDocuments(shipped.folder)).find((document) => document.path.endsWith(FILE))!.text;
    const turn = async (legs: string): Promise<string> => {
      const file = join(shipped.folder, 'ingestion-config.yaml');
      await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), global: { legs } }));
      const text = await generated();
      await writeFile(path(shipped), text);
      return text;
    };
    const before = await turn('per_job');
    expect(await turn('packed')).toBe(before);
    const single = await turn('single');
    expect(single).toContain('Plan, ingest and report');
    expect(await turn('single')).toBe(single);
    expect(await turn('per_job')).toBe(before);
    // The jobs as they are written there and here; what the configuration makes of them aside.
    const bare = (text: string): string =>
      text.replace(/^( *# generated:[^\n]*\n)(?:.*\n)*?( *# \/generated(?::.*)?\n)/gm, '$1$2');
    expect(bare(before)).toBe(bare(await workflowText(FILE)));
  });

  it('is kept with what somebody has added, unless the configuration asks for the other', async () => {
    const own = (await workflowText(FILE)).replace('    name: Report\n', '    name: Report\n    # mine\n');
    expect([withLegs(own, config('packed')), withLegs(own, config('per_job'))]).toEqual([own, own]);
    expect(withLegs(own, config('single'))).not.toContain('# mine');
  });

  it('that the configuration does not ask for any more runs all the same, until it is generated anew', async () => {
    const jobs = { orders: JOBS.orders, deals: JOBS.deals };
    const event = { name: 'workflow_dispatch', inputs: { force: true } } as const;
    const matrix = await generatedFor(await makeRepository({ jobs }), FILE);
    const asMatrix = await ran({ ...(await pushed(jobs)), workflow: matrix }, '2026-11-21T06:17:00Z', { event });
    expect(resultsOf(asMatrix), logOf(asMatrix)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
    const stale = (has: string) => new RegExp(`${has}: run \`npm run generate\`, and commit what it writes`);
    expect(legsOf(asMatrix, 'plan')[0]!.summary).toMatch(
      stale('`legs: single`, and this workflow has a machine for each leg'),
    );
    const repository = await makeRepository({ jobs });
    const { workflow } = await pushed(jobs);
    const asOne = await ran({ repository, workflow }, '2026-11-21T06:17:00Z', { event });
    expect(resultsOf(asOne), logOf(asOne)).toEqual({ single: 'success' });
    expect(machineOf(asOne).summary).toMatch(
      stale('`legs: per_job`, and this workflow runs everything on one machine'),
    );
  });
});

it.each(['per_job', 'packed', 'single'])('an hour with nothing due is one machine: %s', async (legs) => {
  const repository = await makeRepository({ global: { legs }, jobs: JOBS });
  const on = { repository, workflow: await generatedFor(repository, FILE) };
  for (const now of ['2026-11-21T05:17:00Z', '2026-11-21T05:18:00Z']) {
    const { jobs, conclusion } = await ran(on, now);
    expect([[...jobs.values()].flatMap((job) => job.legs).length, conclusion]).toEqual([1, 'success']);
  }
});
