/** What a report does when GitHub does not do what it is asked: one line of the summary, and nothing red. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type FakeGithub, primaryLimit, refusal, secondaryLimit } from '../fakes/github-api.ts';
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

describe('a GitHub that refuses', () => {
  type Change = (github: FakeGithub) => void;
  const forever =
    (reply: ReturnType<typeof refusal>): Change =>
    (of) => {
      of.intercept = () => reply;
    };
  const cases: readonly [string, Change, string, number][] = [
    ['the token may not write issues', (of) => (of.permissions.issues = 'read'), 'github-permission', 2],
    ['the token may not see issues', (of) => (of.permissions.issues = 'none'), 'github-permission', 1],
    ['issues are switched off', (of) => (of.hasIssues = false), 'github-switched-off', 1],
    ['it does not know the repository', forever(refusal(404, 'Not Found')), 'github-permission', 1],
    ['it does not know the token', forever(refusal(401, 'Bad credentials')), 'github-token', 1],
    ['it is down', forever(refusal(502, 'Server Error')), 'github-unavailable', 4],
    ['it hangs up', forever({ fault: 'reset' }), 'github-unavailable', 4],
    ['it talks nonsense', forever({ json: { not: 'a list' } }), 'github-answer', 1],
    ['it talks HTML', forever({ body: '<html>', headers: { 'content-type': 'text/html' } }), 'github-answer', 1],
    ['its hour is used up', forever(primaryLimit(new Date('2026-11-21T07:10:00Z'))), 'github-rate-limit', 1],
    ['it wants a long pause', forever(secondaryLimit(300)), 'github-rate-limit', 1],
  ];

  it.each(cases)('costs a line of the summary and nothing else: %s', async (_, change, code, asked) => {
    change(github);
    const { exit, json, summary, runner } = await here.report(ONE, [failing, { job: 'people', code: 'x' }]);
    expect(exit).toBe(0);
    expect(json()).toMatchObject({ opened: [], faults: [{ code }] });
    expect(summary.trim().split('\n')).toEqual([expect.stringContaining(`Not everybody could be told`)]);
    const message = expect.stringMatching(/^Not everybody could be told/);
    expect(runner.annotations).toEqual([{ level: 'warning', title: 'tidemill', message }]);
    expect(github.requests).toHaveLength(asked);
    expect(github.issues).toEqual([]);
  });

  it('is not even asked without a token', async () => {
    const { exit, summary } = await here.report(ONE, [failing], { env: { GITHUB_TOKEN: '' } });
    expect([exit, github.requests.length]).toEqual([0, 0]);
    expect(summary).toContain('github-token-missing');
  });

  const passing: readonly [string, ReturnType<typeof refusal>, number][] = [
    ['a secondary limit that names its end', secondaryLimit(17), 17_000],
    ['a secondary limit that names none', secondaryLimit(), 60_000],
    ['too many requests', refusal(429, 'Too Many Requests'), 60_000],
    ['the hour is over in a moment', primaryLimit(new Date('2026-11-21T06:30:25Z')), 25_000],
    ['a moment of weakness', refusal(503, 'Unavailable'), 0],
  ];
  it.each(passing)('is waited for as long as it asks: %s', async (_, reply, wait) => {
    github.intercept = ({ method }, seen) => (method === 'POST' && seen === 3 ? reply : undefined);
    const { json, slept } = await here.report(ONE, [failing]);
    expect(json()).toMatchObject({ opened: ['orders fails in local'], faults: [] });
    expect(slept).toEqual([wait]);
    expect(github.issues).toHaveLength(1);
  });

  it('one issue, does not keep the others from theirs', async () => {
    let refused = 0;
    github.intercept = ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/issues') || refused > 0) return undefined;
      refused += 1;
      return refusal(422, 'Validation Failed');
    };
    const { json } = await here.report(ONE, [failing, { job: 'people', code: 'x' }]);
    expect(json()).toMatchObject({ opened: ['people fails in local'], faults: [{ code: 'github-answer' }] });
  });

  it('a comment, hears of the news again the next time', async () => {
    await here.report(ONE, [failing]);
    github.intercept = ({ path }) => (path.endsWith('/comments') ? refusal(403, 'no') : undefined);
    await here.report(TWO, [{ code: 'other' }]);
    github.intercept = () => undefined;
    await here.report(THREE, [{ code: 'other' }]);
    expect(github.issues[0]!.comments).toHaveLength(1);
  });
});
