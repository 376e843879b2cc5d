/** The real workflow with a GitHub that answers here: what a job's failure comes to for the people who own it. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TELLING_STEP } from '../../../orchestrator/alerts/watch.ts';
import { type FakeGithub, fakeGithubApi, REPOSITORY, TOKEN } from '../../fakes/github-api.ts';
import type { WorkflowRun } from '../harness.ts';
import { makeRepository, type Repository } from '../repository.ts';
import { legsOf, logOf, type Options, prints, resultsOf, run, shop } from '../scenario.ts';

/** Nobody is there. */
const SECRET = 'http://127.0.0.1:9/services/very-secret';

let fixed: string;
let repository: Repository;
let github: FakeGithub;

beforeAll(async () => {
  fixed = join(await mkdtemp(join(tmpdir(), 'source-')), 'fixed');
  const bad = shop('bad', `test -e ${fixed} || exit 3; ${prints(1)}`);
  repository = await makeRepository({ jobs: { bad, orders: shop('orders', prints(1)) } });
});

beforeEach(async () => {
  github = await fakeGithubApi();
});

/** All jobs by hand, at this hour. */
const ran = (hour: string, more: Partial<Options> = {}): Promise<WorkflowRun> =>
  run(repository, `2026-11-21T${hour}:17:00Z`, {
    event: { name: 'workflow_dispatch', inputs: { force: true } },
    github: { api_url: github.url, token: TOKEN, repository: REPOSITORY },
    ...more,
  });

const tellingOf = (of: WorkflowRun) => legsOf(of, 'report')[0]!.steps.find(({ name }) => name === TELLING_STEP);

describe('a job that fails', () => {
  it('has an issue after the run, and none after the next that is well', async () => {
    const red = await ran('06');
    expect(resultsOf(red), logOf(red)).toEqual({ plan: 'success', ingest: 'failure', report: 'failure' });
    expect(tellingOf(red)).toMatchObject({ outcome: 'success' });
    expect(github.issues).toMatchObject([{ title: 'bad fails in dev', state: 'open', labels: ['tidemill'] }]);
    const page = `https://github.com/${REPOSITORY}/actions/runs/${9_000_000_000 + red.identity.number}`;
    expect(github.issues[0]!.body).toContain(page);
    expect(github.issues[0]!.body).toContain('npx tidemill run bad --environment dev');
    await writeFile(fixed, '');
    const green = await ran('07');
    expect(green.conclusion, logOf(green)).toBe('success');
    expect(github.issues).toMatchObject([{ state: 'closed', state_reason: 'completed' }]);
    expect(github.unexpected).toEqual([]);
  });

  it('is told of by the summary alone where neither issues nor the webhook work; the step is not red for it', async () => {
    github.permissions.issues = 'none';
    const secrets = { values: { TIDEMILL_WEBHOOK_URL: SECRET } };
    const lost = await ran('08', { secrets, evaluateOnly: ['ingest'] });
    expect(tellingOf(lost), logOf(lost)).toMatchObject({ outcome: 'success' });
    const { summary } = legsOf(lost, 'report')[0]!;
    expect(summary.match(/Not everybody could be told/g)).toHaveLength(2);
    expect(summary).toContain('The webhook of');
    expect(logOf(lost)).not.toContain('very-secret');
  });
});

it('the token is given to the step that needs it, and to no other; so is the address of the webhook', async () => {
  const secrets = { values: { TIDEMILL_WEBHOOK_URL: SECRET } };
  const looked = await ran('09', { secrets, evaluateOnly: ['ingest', 'report'] });
  const steps = [...looked.jobs.values()].flatMap(({ legs }) => legs.flatMap((leg) => leg.steps));
  for (const value of [TOKEN, SECRET]) {
    const holders = steps.filter(({ env }) => Object.values(env).includes(value));
    expect(holders.map(({ name }) => name)).toEqual([TELLING_STEP]);
  }
});
