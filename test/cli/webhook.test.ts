import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { refusal } from '../fakes/github-api.ts';
import { type FakeHttp, startFakeHttp } from '../fakes/http-server.ts';
import { type IssuesWorld, issuesWorld, type Told } from './issues-world.ts';

const ONE = '2026-11-21T01:00:00.000Z';
const TWO = '2026-11-21T02:00:00.000Z';
const THREE = '2026-11-21T03:00:00.000Z';
const PATH = '/services/T0000/B0000/very-secret-address';

let here: IssuesWorld;
let chat: FakeHttp;

beforeEach(async () => {
  here = await issuesWorld();
  chat = await startFakeHttp();
  onTestFinished(() => chat.close());
});

const report = (at: string, results: readonly Told[]) =>
  here.report(at, results, { env: { TIDEMILL_WEBHOOK_URL: `${chat.url}${PATH}` } });
const takes = (): void => chat.expect(`POST ${PATH}`, { body: 'ok' });
const said = (): string[] => chat.requests.map(({ body }) => (JSON.parse(body) as { text: string }).text);
const failing = { code: 'http-status' };

describe('the webhook', () => {
  it('hears of the first failure and of the recovery, and of nothing between', async () => {
    takes();
    await report(ONE, [failing, { job: 'people' }]);
    await report(TWO, [failing]);
    await report(THREE, [{ code: 'other' }]);
    takes();
    await report('2026-11-21T04:00:00.000Z', [{}]);
    chat.verify();
    expect(chat.requests.map(({ headers }) => headers['content-type'])).toEqual(
      Array.from({ length: 2 }, () => expect.stringMatching(/^application\/json/)),
    );
    const link = '<https://github.com/octocat/tidemill/actions/runs/4711|The run>';
    expect(said()).toEqual([
      `:x: orders fails in local: it said no\n${link}`,
      `:white_check_mark: orders in local is well again: 3 rows new or changed.\n${link}`,
    ]);
  });

  it('gets one message for a run, however many jobs fail', async () => {
    takes();
    await report(
      ONE,
      Array.from({ length: 30 }, (_, index) => ({ job: `job_${index}`, ...failing })),
    );
    chat.verify();
    expect(said()[0]!.split('\n')).toHaveLength(22);
    expect(said()[0]).toContain('… and 10 more');
  });

  it('gets text that mentions nobody and links to nothing', async () => {
    takes();
    await report(ONE, [{ ...failing, message: 'a & b <!channel> <https://evil.example|here>\n:x: more' }]);
    expect(said()[0]).toContain('a &amp; b &lt;!channel&gt; &lt;https://evil.example|here&gt; :x: more\n');
  });

  it('hears of every failure where no issue remembers the first', async () => {
    here.github.permissions.issues = 'none';
    takes();
    await report(ONE, [failing]);
    takes();
    await report(TWO, [failing]);
    await report(THREE, [{}]);
    chat.verify();
  });

  it('does not hear of one failure again because GitHub refuses the issue of another', async () => {
    takes();
    await report(ONE, [failing]);
    here.github.intercept = ({ body }) => (body.includes('people fails') ? refusal(422, 'no') : undefined);
    takes();
    await report(TWO, [failing, { job: 'people', ...failing }]);
    chat.verify();
    expect(said()[1]).toMatch(/^:x: people fails in local: .*\n<[^\n]*$/);
  });

  it('does not hear of what another report has told at the same time', async () => {
    let other = 0;
    here.github.intercept = ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/issues') || other > 0) return undefined;
      other += 1;
      const memory = { subject: { job: 'orders', environment: 'local' }, since: ONE, count: 1, code: 'x', last: ONE };
      const body = `<!-- tidemill ${JSON.stringify(memory)} -->`;
      const issue = { number: 1, title: 'orders', body, labels: ['tidemill'], comments: [] };
      here.github.issues.push({ ...issue, state: 'open', state_reason: null });
      return undefined;
    };
    await report(TWO, [failing]);
    chat.verify();
    expect(here.github.issues.map(({ state }) => state)).toEqual(['open', 'closed']);
  });

  it('is not asked when there is nothing to tell', async () => {
    await report(ONE, [{}]);
    chat.verify();
  });
});

describe('a webhook that does not work', () => {
  it('fails nothing, and its address is not told', async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) chat.expect(`POST ${PATH}`, { status: 500, body: `no ${PATH}` });
    const { exit, stdout, stderr, summary, runner } = await report(ONE, [failing]);
    chat.verify();
    expect(exit).toBe(0);
    expect(summary).toContain('The webhook of TIDEMILL');
    const annotations = JSON.stringify(runner.annotations);
    expect(annotations).toContain('The webhook of TIDEMILL');
    for (const text of [stdout, stderr, summary, annotations, here.github.issues[0]!.body]) {
      expect(text).not.toContain('very-secret-address');
      expect(text).not.toContain(chat.url);
    }
    expect(here.github.issues).toMatchObject([{ state: 'open' }]);
  });

  it.each(['no address', 'file:///etc/passwd', 'ftp://example.com/x'])('may be no address at all: %s', async (url) => {
    const { exit, summary } = await here.report(ONE, [failing], { env: { TIDEMILL_WEBHOOK_URL: url } });
    expect(exit).toBe(0);
    expect(summary).toContain('The webhook of TIDEMILL');
  });

  it('hears what it missed of a failure no second time, but of the recovery', async () => {
    for (const fault of ['reset', 'reset', 'reset'] as const) chat.expect(`POST ${PATH}`, { fault });
    await report(ONE, [failing]);
    await report(TWO, [failing]);
    takes();
    await report(THREE, [{}]);
    chat.verify();
  });
});
