import { describe, expect, it } from 'vitest';
import { resultOf } from '../../test/fixtures/result.ts';
import type { Decision, MissingCredentials, Plan } from '../plan/types.ts';
import { type JobResult, noTotals } from '../result/result.ts';
import { legSummary, planSummary } from './summary.ts';

const PAGE = 'https://github.example/ada/data/blob/abc/connectors/my_shop/README.md';
const ESCAPED = 'https&#58;//github.example/ada/data/blob/abc/connectors/my&#95;shop/README.md';

const planOf = (decisions: readonly Decision[], missing?: readonly MissingCredentials[]): Plan => ({
  now: '2026-11-21T06:00:00.000Z',
  environment: 'dev',
  runs: [],
  decisions,
  ...(missing === undefined ? {} : { missing_credentials: missing }),
  records: [],
  matrix: { include: [] },
  max_parallel: 1,
  has_work: false,
});

const failed = (changes: Partial<JobResult>, hint: string): JobResult =>
  resultOf({
    result: 'failed',
    failure: { kind: 'auth', code: 'credentials-missing', message: 'Missing', hint, exit: 3, who: 'you' },
    ...changes,
  });

describe('the address of the page that helps', () => {
  it('is a link in a plan, and nothing around it is', () => {
    const reason = `missing [x](y); how to get them: ${PAGE}`;
    const plan = planOf(
      [{ job: 'shop', decision: 'missing_credentials', reason }],
      [{ job: 'shop', names: ['TOKEN'], help: PAGE, alarm: 'asked_for' }],
    );
    const text = planSummary(plan);
    expect(text).toContain(`missing &#91;x&#93;&#40;y&#41;; how to get them: [${ESCAPED}](${PAGE}) |`);
    expect(text).toContain(`- shop was asked for, and lacks TOKEN; how to get them: [${ESCAPED}](${PAGE})`);
  });

  it('is words where it is a path, or would end the link', () => {
    for (const help of ['connectors/shop/README.md', 'https://evil.example/a)b', 'javascript:alert']) {
      const decision: Decision = { job: 'shop', decision: 'missing_credentials', reason: `get them: ${help}` };
      expect(planSummary(planOf([decision], [{ job: 'shop', names: ['T'], help }]))).not.toContain('](');
    }
  });

  it('is a link in a failure when it leads into the repository of the run, and no other is', () => {
    const log_url = 'https://github.example/ada/data/actions/runs/7/job/9';
    expect(legSummary([failed({ log_url }, `See ${PAGE}`)])).toContain(`See [${ESCAPED}](${PAGE})`);
    expect(legSummary([failed({ log_url }, 'See https://evil.example/ada/data/blob/x')])).not.toContain(
      '(https://evil',
    );
    expect(legSummary([failed({}, `See ${PAGE}`)])).not.toContain('](');
  });
});

describe('a summary', () => {
  it('counts what was not selected, in one line', () => {
    const decisions = ['a', 'b', 'c'].map(
      (job): Decision => ({ job, decision: 'not_selected', reason: 'not selected' }),
    );
    const text = planSummary(planOf([...decisions, { job: 'd', decision: 'paused', reason: 'paused' }]));
    expect(text).toContain('3 jobs were not selected.');
    expect(text.match(/^\| \w+ \|/gm)).toEqual(['| job |', '| d |']);
  });

  it('names at most five jobs that lack credentials in its first line, and counts the rest', () => {
    const missing = Array.from({ length: 7 }, (_, index) => ({ job: `job${index}`, names: ['T'] }));
    expect(planSummary(planOf([], missing))).toMatch(
      /^### Nothing is owed in dev\n\n🔑 7 jobs lack credentials: job0 .*job4 &#40;T&#41;; 2 more\.$/m,
    );
  });

  it('has a column of records', () => {
    const text = legSummary([resultOf({ totals: { ...noTotals, records: 4711, inserted: 12 } })]);
    const [head = '', , row = ''] = text.split('\n').filter((line) => line.startsWith('|'));
    expect(row.split(' | ')[head.split(' | ').indexOf('records')]).toBe('4,711');
  });

  it('shows what a command said as one block', () => {
    const trace = { log: [], said: ['Traceback:', '  ::error::x', 'the last'], manifests: [], uncommitted: 0 };
    const said = failed({ job: 'export', notices: ['of its own'], trace }, 'hint');
    const text = legSummary([said]);
    expect(text).toContain('```text\nTraceback:\n  ::error::x\n```');
    expect(text).toContain('- export: of its own');
  });
});
