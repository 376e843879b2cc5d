/** Logging in to Google Cloud: by the runner's identity where the environment says how, otherwise by the key. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { GOOGLE_TOKEN } from './actions.ts';
import type { WorkflowRun } from './harness.ts';
import { makeRepository, type Repository } from './repository.ts';
import { logOf, type Options, orchestrator, resultsOf, run, shop } from './scenario.ts';

const NOW = '2026-11-21T06:17:00Z';
const KEY = 'the key of a service account';
const PROVIDER = 'projects/123456/locations/global/workloadIdentityPools/github/providers/tidemill';
const IDENTITY = { GCP_WORKLOAD_IDENTITY_PROVIDER: PROVIDER, GCP_SERVICE_ACCOUNT: 'tidemill@example.com' };

const options = (vars: Readonly<Record<string, string>>, more: Partial<Options> = {}): Options => ({
  event: { name: 'workflow_dispatch', inputs: { force: true } },
  secrets: { values: {}, environments: { dev: { GCS_SERVICE_ACCOUNT_KEY: KEY } } },
  vars: { values: {}, environments: { dev: vars } },
  ...more,
});

/** What each of the three steps that open the bucket is given. */
const keysOf = (ran: WorkflowRun): (string | undefined)[] =>
  [...ran.jobs.values()].flatMap(({ legs }) => {
    const steps = legs.flatMap((leg) => leg.steps).filter(({ name }) => /^(Plan|Ingest|Report)$/.test(name));
    return steps.map(({ env }) => env['GCS_SERVICE_ACCOUNT_KEY']);
  });

let repository: Repository;

beforeAll(async () => {
  // Fails, so that there is an artifact; and says what it finds where the login leaves its file.
  repository = await makeRepository({ jobs: { bad: shop('bad', 'ls gha-creds-*.json; exit 3') } });
});

describe('with an identity', () => {
  let ran: WorkflowRun;

  beforeAll(async () => {
    ran = await run(repository, NOW, options(IDENTITY));
    expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'failure', report: 'failure' });
  });

  it('every job logs in by it, and the key stays where it is', () => {
    const logins = [...ran.jobs.values()].map(({ legs }) =>
      legs[0]!.steps.find(({ name }) => name.startsWith('Log in')),
    );
    expect(logins.map((step) => step!.outcome)).toEqual(['success', 'success', 'success']);
    expect(keysOf(ran)).toEqual(['', '', '']);
  });

  it('no installation sees the login: it comes after', () => {
    for (const { legs } of ran.jobs.values()) {
      const names = legs[0]!.steps.map(({ name }) => name.split(' ')[0]);
      expect(names.indexOf('Log')).toBeGreaterThan(names.indexOf('Install'));
    }
  });

  it('no artifact holds the file of the login, or anything of it', async () => {
    const files = [...ran.artifacts.values()].flatMap((artifact) => [...artifact.files]);
    expect(files.map(([name]) => name)).toEqual([expect.stringMatching(/^bad\..*\.json$/)]);
    for (const [, file] of files) expect(await readFile(file, 'utf8')).not.toContain(GOOGLE_TOKEN);
  });

  it('nor does a commit', async () => {
    const ignored = await readFile(new URL('../../.gitignore', import.meta.url), 'utf8');
    expect(ignored.split('\n')).toContain('gha-creds-*.json');
  });

  it('which would be seen: a wider pattern takes it along', async () => {
    const wide = await orchestrator((text) => text.replace(/path: \$\{\{ runner\.temp \}\}.*/, "path: '*.json'"));
    const found = await run(repository, NOW, options(IDENTITY, { workflow: wide, evaluateOnly: ['report'] }));
    const texts = [...found.artifacts.values()].flatMap(({ files }) => [...files.values()]);
    const contents = await Promise.all(texts.map((file) => readFile(file, 'utf8')));
    expect(contents.join('\n')).toContain(GOOGLE_TOKEN);
  });
});

describe('without one', () => {
  it.each([
    ['no variable', {}],
    ['only half of it', { GCP_WORKLOAD_IDENTITY_PROVIDER: PROVIDER }],
  ])('every job gets the key: %s', async (_, vars) => {
    const ran = await run(repository, NOW, options(vars, { evaluateOnly: ['ingest', 'report'] }));
    expect(keysOf(ran)).toEqual([KEY, KEY, KEY]);
  });

  it('no job that cannot ask for one is green', async () => {
    const workflow = await orchestrator((text) => text.replaceAll(/ +id-token: write.*\n/g, ''));
    const ran = await run(repository, NOW, options(IDENTITY, { workflow }));
    expect(resultsOf(ran)).toEqual({ plan: 'failure', ingest: 'skipped', report: 'skipped' });
    expect(logOf(ran)).toContain('id-token');
  });
});
