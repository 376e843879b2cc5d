/** The bundle on its way through GitHub's cache: made once a commit, and never a reason for a run to be red. */
import { cpSync, mkdtempSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleOfWorkTree } from '../../bundle/work-tree.ts';
import { Cache } from '../cache.ts';
import { COMMIT } from '../event.ts';
import type { WorkflowRun } from '../harness.ts';
import { makeRepository, type Repository } from '../repository.ts';
import { legsOf, logOf, orchestrator, prints, resultsOf, run, shop, warmCache } from '../scenario.ts';

const KEY = `tidemill-bundle-${COMMIT}`;
const PATH = '.tidemill/bundle';
const GREEN = { plan: 'success', ingest: 'success', report: 'success' };

let repository: Repository;
let hour = 5;

beforeAll(async () => {
  repository = await makeRepository({ jobs: { orders: shop('orders', prints(1)) } });
});

/** A run by hand; `change` makes another workflow of the text. */
async function ran(cache: Cache, change?: (text: string) => string): Promise<WorkflowRun> {
  hour += 1;
  const workflow = await orchestrator(change);
  const event = { name: 'workflow_dispatch', inputs: { job: 'orders' } } as const;
  return run(repository, `2026-11-21T${String(hour).padStart(2, '0')}:17:00Z`, { workflow, cache, event });
}

/** The steps of a job that have to do with the bundle or install something, with what became of them. */
const stepsOf = (of: WorkflowRun, job: string): string[] =>
  legsOf(of, job)[0]!
    .steps.filter(({ name }) => /bundle|^Install/.test(name))
    .map(({ name, outcome }) => `${name}: ${outcome}`);

/** A cache whose bundle somebody has spoilt. */
async function spoilt(spoil: (folder: string) => Promise<void>): Promise<Cache> {
  const folder = join(mkdtempSync(join(tmpdir(), 'bundle-')), 'bundle');
  cpSync(await bundleOfWorkTree(), folder, { recursive: true });
  await spoil(folder);
  const cache = new Cache();
  cache.put(KEY, PATH, folder);
  return cache;
}

describe('a commit that nothing was planned of yet', () => {
  it('has its bundle made by the plan, and the machines after it have it out of the cache', async () => {
    const cache = new Cache();
    const first = await ran(cache);
    expect(resultsOf(first), logOf(first)).toEqual(GREEN);
    expect(cache.keys).toEqual([KEY]);
    expect(stepsOf(first, 'plan')).toEqual([
      'Fetch the bundle: success',
      'Make the bundle: success',
      'Keep the bundle: success',
      'Look whether the bundle fits: success',
      'Install the planner: skipped',
    ]);
    expect(stepsOf(first, 'ingest')).toEqual([
      'Fetch the bundle: success',
      'Look whether the bundle fits: success',
      'Install what this leg needs: skipped',
      'Install what the bundle leaves out: success',
    ]);
    const second = await ran(cache);
    expect(resultsOf(second), logOf(second)).toEqual(GREEN);
    expect(stepsOf(second, 'plan')).toEqual([
      'Fetch the bundle: success',
      'Make the bundle: skipped',
      'Keep the bundle: skipped',
      'Look whether the bundle fits: success',
      'Install the planner: skipped',
    ]);
  });

  it('runs from the sources where the bundle cannot be made', async () => {
    const red = await ran(new Cache(), (text) => text.replace('node scripts/bundle.ts', 'exit 3'));
    expect(resultsOf(red), logOf(red)).toEqual(GREEN);
    expect(stepsOf(red, 'plan')).toEqual([
      'Fetch the bundle: success',
      'Make the bundle: failure',
      'Keep the bundle: skipped',
      'Look whether the bundle fits: success',
      'Install the planner: success',
    ]);
    expect(legsOf(red)[0]!.matrix).toMatchObject({ outside: legsOf(red)[0]!.matrix['install'] });
  });
});

const FROM_SOURCES = ['Install what this leg needs: success', 'Install what the bundle leaves out: skipped'];

describe('a leg', () => {
  it('whose bundle was evicted meanwhile installs all it needs, and runs from the sources', async () => {
    const late = await ran(await warmCache(), (text) =>
      text.replace(/(?<=\n {2}ingest:[\s\S]*?key: )tidemill/, 'lost'),
    );
    expect(resultsOf(late), logOf(late)).toEqual(GREEN);
    expect(stepsOf(late, 'ingest').slice(-2)).toEqual(FROM_SOURCES);
  });
});

describe('a bundle in the cache that', () => {
  const spoils: readonly [string, RegExp, (folder: string) => Promise<void>][] = [
    ['has lost half of a file', /damaged/, (folder) => truncate(join(folder, 'chunks/main.js'), 10)],
    ['is of another commit', /made of commit 0000/, (folder) => changeManifest(folder, { commit: '0000' })],
  ];
  it.each(spoils)('%s is left alone, which is said', async (_, words, spoil) => {
    const despite = await ran(await spoilt(spoil));
    expect(resultsOf(despite), logOf(despite)).toEqual(GREEN);
    expect(stepsOf(despite, 'plan').at(-1)).toBe('Install the planner: success');
    expect(stepsOf(despite, 'ingest').slice(-2)).toEqual(FROM_SOURCES);
    const told = legsOf(despite).flatMap(({ annotations }) => annotations.map(({ message }) => message));
    expect(told).toEqual([expect.stringMatching(words)]);
  });

  it('only begins with the same key is no hit: the plan makes its own', async () => {
    const cache = new Cache();
    cache.put(`${KEY}-of-somebody`, PATH, await bundleOfWorkTree());
    const own = await ran(cache);
    expect(resultsOf(own), logOf(own)).toEqual(GREEN);
    expect(cache.keys).toEqual([`${KEY}-of-somebody`, KEY]);
  });
});

async function changeManifest(folder: string, change: object): Promise<void> {
  const file = join(folder, 'bundle.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));
}
