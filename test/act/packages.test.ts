/** A repository with Tidemill as npm packages: its generated workflow from the plan to the report, with every machine installing for itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTodoist, type TodoistFake } from '../fakes/todoist.ts';
import { type Act, startAct } from './act.ts';
import { type ActRun, ranOn, results, step } from './log.ts';
import { type OwnRepository, ownRepository } from './own-repository.ts';

const PACKAGES = [
  'tidemill',
  '@tidemill/kit',
  '@tidemill/events-file',
  '@tidemill/storage-local',
  '@tidemill/warehouse-lake',
];
const SHOP_TOKEN = 'token-of-the-shop';

let todoist: TodoistFake;
let own: OwnRepository;
let act: Act;
let secrets: Readonly<Record<string, string>>;

beforeAll(async () => {
  todoist = await startTodoist();
  todoist.publish({ tasks: [{ id: '1' }, { id: '2' }].map((fields) => ({ ...TASK, ...fields })) });
  secrets = { ...(todoist.credentials as Readonly<Record<string, string>>), SHOP_TOKEN };
  own = await ownRepository([...PACKAGES, '@tidemill/github', '@tidemill/site', '@tidemill/todoist']);
  act = await startAct();
});
afterAll(() => todoist.close());

const TASK = { content: 'Water the plants', project_id: 'project-1', priority: 1, checked: false, is_deleted: false };

const shop = (data_type: string, command: string): object => {
  const table = { columns: { id: 'bigint' }, primary_key: ['id'] };
  return { service: 'shop', data_type, cron: '0 * * * *', dependencies: ['SHOP_TOKEN'], ...table, command };
};

const configOf = (legs: string): object => ({
  global: { legs },
  services: { shop: { setup: { run: SETUP } }, todoist: { base_url: todoist.baseUrl } },
  jobs: {
    tasks: { service: 'todoist', data_type: 'tasks', cron: '0 * * * *' },
    // Keeps what its process was started with.
    orders: shop(
      'orders',
      `tr '\\0' '\\n' < /proc/$PPID/environ > '${startedWith()}'; echo "as $SHOP_TOKEN" >&2; ./orders`,
    ),
    bad: shop('bad', 'echo "refused: $SHOP_TOKEN" >&2; exit 3'),
  },
});
/** What the command needs is made by the machine, before there is a secret. */
const SETUP = `node -e 0 && printf '#!/bin/sh\necho "{\\"id\\":1}"\n' > orders && chmod +x orders`;
const startedWith = (): string => `${own.bucket}-process`;

/** All texts below a folder; what is packed, unpacked. */
const textsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      return `${name}\n${name.endsWith('.gz') ? gunzipSync(bytes) : bytes.toString('latin1')}`;
    });

/** Where a value stands that should stand nowhere: log, outputs, summaries, annotations, artifacts, state, bronze, silver. */
const leaks = (of: ActRun, value: string): string[] =>
  [of.log, ...of.artifacts.values(), ...textsIn(own.bucket)].flatMap((text) => {
    const at = text.indexOf(value);
    return at < 0 ? [] : [text.slice(Math.max(0, at - 500), at + 100)];
  });

/** Which steps were given a value: the job of the workflow, and what it was to run. */
const holders = ({ environments }: ActRun, value: string): string[] => {
  const holding = environments.filter((text) => text.includes(value));
  const named = holding.map((text) => ['GITHUB_JOB', 'RUNS'].map((name) => variable(text, name)).join(' '));
  return [...new Set(named)].sort();
};
const variable = (text: string, name: string): string => new RegExp(`^${name}=([^@\n]*)`, 'm').exec(text)?.[1] ?? '-';

const rowsOf = async (table: string): Promise<number> => {
  const sql = `SELECT count(*) AS n FROM ${table}`;
  const answer = JSON.parse(await own.tidemill('query', sql, '--environment', 'dev', '--json')) as { rows: string[][] };
  return Number(answer.rows[0]![0]);
};

describe('with a machine for each job', () => {
  let first: ActRun;

  beforeAll(async () => {
    await own.configure(configOf('per_job'));
    const byHand = { event: 'workflow_dispatch', inputs: { force: 'true' }, now: '2026-11-21T05:20:00Z' } as const;
    // Nothing is hidden that Tidemill itself has said.
    first = await act.run({ folder: own.folder, secrets, ...byHand, isMasking: false });
    // Five machines, each with an install, one after the other.
  }, 900_000);

  it('plans, runs every job, and reports; one that fails makes it red and holds up no other', async () => {
    expect(results(first), first.log).toEqual({
      ...{ plan: 'success', tasks: 'success', orders: 'success', bad: 'failure', report: 'failure' },
    });
    expect(first.exit).toBe(1);
    expect(await Promise.all(['todoist.tasks', 'shop.orders'].map(rowsOf))).toEqual([2, 1]);
  });

  it('tells each leg by the plan’s output what to run', () => {
    const { outputs } = step(first, 'plan', 'Plan');
    const { run_id, matrix } = JSON.parse(outputs['work'] ?? '');
    expect(matrix.include.map(({ leg }: { leg: string }) => leg)).toEqual(['tasks', 'orders', 'bad']);
    expect(step(first, 'report', 'Report').log).toContain(`run ${run_id}`);
    expect(step(first, 'tasks', 'Ingest').log).toMatch(
      /^tasks {2}done: 2 records, .*; 2 inserted, 0 updated, 0 deleted; /m,
    );
  });

  it('says in the summaries and annotations what came of it', () => {
    expect(step(first, 'plan', 'Plan').summary).toContain('3 runs planned in dev');
    expect(step(first, 'report', 'Report').summary).toContain(
      '❌ 1 of 3 runs failed or over a gate; 2 done. 3 inserted',
    );
    const lines = readFileSync(join(own.folder, 'ingestion-config.yaml'), 'utf8').split('\n');
    const line = lines.findIndex((text) => text.includes('"bad": {')) + 1;
    expect(step(first, 'bad', 'Ingest').annotations).toEqual([
      expect.stringContaining(`error title=bad,file=ingestion-config.yaml,line=${line},`),
    ]);
  });

  it('keeps an artifact of the leg that failed, and of no other', () => {
    expect(ranOn(first, 'bad').at(-1)).toBe('Keep what explains a failure');
    expect([...first.artifacts.keys()]).toEqual([expect.stringMatching(/^error-bad-1\/bad\.manual-.*\.json$/)]);
    expect([...first.artifacts.values()][0]).toContain('the command ended with 3');
  });

  it('gives a secret to the legs of its service alone, and shows it nowhere', () => {
    const { TODOIST_API_TOKEN: token = '' } = secrets;
    expect(holders(first, token)).toEqual(['ingest tasks']);
    expect(holders(first, SHOP_TOKEN)).toEqual(['ingest bad', 'ingest orders']);
    expect([token, SHOP_TOKEN].flatMap((value) => leaks(first, value))).toEqual([]);
    expect(leaks(first, TASK.content), 'what is found, to be sure: a record in bronze').not.toEqual([]);
    expect(step(first, 'orders', 'Ingest').log).toMatch(/^orders {2}\| as \*{3}\r?$/m);
  });

  it('finds nothing owed right after, and starts no other machine', async () => {
    const second = await act.run({ folder: own.folder, secrets, event: 'schedule', now: '2026-11-21T05:40:00Z' });
    expect(results(second), second.log).toEqual({ plan: 'success' });
    expect(step(second, 'plan', 'Plan')).toMatchObject({
      outputs: { work: '', idle: 'yes' },
      summary: expect.stringContaining('Nothing is owed in dev'),
    });
  });
});

describe('with one machine for everything', () => {
  let single: ActRun;

  beforeAll(async () => {
    await own.configure(configOf('single'));
    single = await act.run({ folder: own.folder, secrets, event: 'schedule', now: '2026-11-21T06:17:00Z' });
  });

  it('plans, runs every job that is owed, and reports', async () => {
    expect(results(single), single.log).toEqual({ single: 'failure' });
    expect(ranOn(single, 'single')).toEqual([
      ...['Install the planner', 'Plan', 'Install what the commands need', 'Ingest', 'Keep what explains a failure'],
      ...['Report', 'Keep issues up to date'],
    ]);
    expect(step(single, 'single', 'Ingest').log).toMatch(/^tasks {2}\| tasks {2}unchanged, /m);
    expect(step(single, 'single', 'Report').summary).toContain('❌ 1 of 3 runs failed or over a gate; 2 done.');
    expect([...single.artifacts.keys()]).toEqual([expect.stringMatching(/^error-legs-1\/bad\..*\.json$/)]);
    expect(await Promise.all(['todoist.tasks', 'shop.orders'].map(rowsOf))).toEqual([2, 1]);
  });

  it('shows a service no secret of another, and nobody any', () => {
    const { TODOIST_API_TOKEN: token = '' } = secrets;
    const process = readFileSync(startedWith(), 'utf8');
    expect([process.includes(SHOP_TOKEN), process.includes(token)]).toEqual([true, false]);
    for (const value of [token, SHOP_TOKEN]) {
      expect(holders(single, value)).toEqual(['single -']);
      expect(leaks(single, value)).toEqual([]);
    }
    expect(step(single, 'single', 'Ingest').log).toContain('| as ***');
  });
});

describe('the history page', () => {
  it('is drawn of the bucket, published, and without a secret', async () => {
    const on = { folder: own.folder, workflow: 'pages.yaml', vars: { TIDEMILL_PAGES: 'true' }, secrets };
    const drawn = await act.run({ ...on, event: 'schedule', now: '2026-11-21T06:47:00Z' });
    expect(results(drawn), drawn.log).toEqual({ draw: 'success', publish: 'success' });
    const page = drawn.artifacts.get('github-pages/index.html') ?? '';
    expect(page.match(/<code>command-failed<\/code>/g), 'why bad needs attention, and both failures').toHaveLength(3);
    const [, script = ''] = /<script>(.*)<\/script>/s.exec(page) ?? [];
    expect(script.split('\n', 1)).toEqual([expect.stringMatching(/^\/\/ What the page does beyond being read/)]);
    expect(Object.values(secrets).flatMap((value) => [...holders(drawn, value), ...leaks(drawn, value)])).toEqual([]);
  });
});
