import { describe, expect, it } from 'vitest';
import { resultOf } from '../../test/fixtures/result.ts';
import type { Decision, MissingCredentials, Plan } from '../plan/types.ts';
import { type JobResult, noTotals } from '../result/result.ts';
import { legSummary, planSummary, runSummary } from './summary.ts';

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

/** As GitHub shows it, more or less. */
const asRead = (markdown: string): string =>
  markdown
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll('&nbsp;', ' ')
    .replaceAll('--:', '---');

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

  it('has one table that fits the page, and the rest to be opened', () => {
    const totals = {
      ...noTotals,
      packages: 1,
      records: 4711,
      inserted: 1204,
      updated: 30,
      deleted: 2,
      unchanged: 3475,
    };
    const next = '2026-11-21T07:00:00.000Z';
    const results = [
      resultOf({ job: 'browser_compat_statements', totals, next, seconds: 4000 }),
      resultOf({ job: 'nightly', next: '2026-11-22T02:00:00.000Z' }),
      resultOf({ job: 'mine', slot: 'manual-1' }),
    ];
    const text = runSummary(results, undefined);
    const [shown = '', opened = ''] = text.split('<details>');
    const rows = shown.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.map(asRead)).toEqual([
      '| job | outcome | slot (UTC) | rows ± | time | next (UTC) |',
      '| --- | --- | --- | --- | --- | --- |',
      '| browser_compat_statements | ✅ done | 11-21 06:00 | +1,204 ~30 −2 | 1 h 07 min | 07:00 |',
      '| nightly | ✅ unchanged | 11-21 06:00 | 0 | 2.0 s | 11-22 02:00 |',
      '| mine | ✅ unchanged | by hand | 0 | 2.0 s | by hand |',
    ]);
    expect(asRead(opened)).toContain('| browser_compat_statements | 11-21 06:00 | 4,711 | 3,475 | 0 | 0 B |');
  });

  it('says of a slot once how late it was, and only where that was too late', () => {
    const late = runSummary([resultOf({ lateness_seconds: 5400, is_late: true, superseded: 2 })], undefined);
    expect(late.match(/late/g)).toHaveLength(1);
    expect(asRead(late)).toContain('| 11-21 06:00, 1 h 30 min late |');
    expect(runSummary([resultOf({ lateness_seconds: 1020 })], undefined)).not.toContain('late');
  });

  it('draws when jobs ran only where two of them took long enough to be seen', () => {
    const drawn = (...seconds: number[]): string =>
      runSummary(
        seconds.map((one, index) => resultOf({ job: `job${index}`, seconds: one })),
        undefined,
      );
    expect(drawn(1, 1.2, 0.9)).not.toContain('gantt');
    expect(drawn(1, 300, 0.9)).not.toContain('gantt');
    expect(drawn(1, 300, 60).match(/^ {2}✓ .*/gm)).toHaveLength(2);
    expect(drawn(1, 300, 60)).toContain('The slowest 2 of 3.');
  });

  it('shows what was rejected, and the command that shows the records, to be copied', () => {
    const totals = { ...noTotals, packages: 1, records: 120, rejected: 3 };
    const own = { job: 'shop', totals, rejects: ['total: a number (3)'], quarantine: ['quarantine/a.ndjson.gz'] };
    for (const text of [legSummary([resultOf(own)]), runSummary([resultOf(own), resultOf()], undefined)]) {
      const [shown = ''] = text.split('<details>');
      expect(shown).toContain('- shop: 3 of 120 records: total: a number &#40;3&#41;');
      expect(shown).toContain('```sh\nnpx tidemill quarantine shop --environment dev\n```');
      expect(text.match(/quarantine shop/g)).toHaveLength(1);
    }
    const red = legSummary([resultOf({ ...own, gates: ['3 of 120 records rejected'] })]);
    expect(red).toContain(
      'npx tidemill status shop --environment dev\nnpx tidemill quarantine shop --environment dev\n',
    );
    expect(red.match(/quarantine shop/g)).toHaveLength(1);
  });

  it('shows what a command said as one block', () => {
    const trace = { log: [], said: ['Traceback:', '  ::error::x', 'the last'], manifests: [], uncommitted: 0 };
    const said = failed({ job: 'export', notices: ['of its own'], trace }, 'hint');
    const text = legSummary([said]);
    expect(text).toContain('```text\nTraceback:\n  ::error::x\n```');
    expect(text).toContain('- export: of its own');
  });
});

it('what has changed in a table is counted, with the columns, the command that shows it and the file that has every row', () => {
  const points = { from: 'features.1', to: 'features.3' };
  const counts = {
    ...points,
    inserted: 2,
    updated: 3,
    deleted: 0,
    moved: 1,
    split: 0,
    columns: { baseline: 3, name: 1 },
  };
  const results = [
    resultOf({ job: 'features', changed: { 'changes/a.ndjson.gz': counts } }),
    resultOf({ job: 'other' }),
  ];
  for (const page of [legSummary(results), runSummary(results, undefined)]) {
    const text = asRead(page);
    expect(text).toContain('#### What has changed in the tables');
    expect(text).toContain('| features | 2 inserted, 3 updated, 1 moved | baseline (3), name (1) |\n');
    expect(page).toContain('\nnpx tidemill diff features --from features.1 --to features.3 --environment dev\n');
    expect(page).toContain('```text\nchanges/a.ndjson.gz\n```');
  }
  expect(legSummary([resultOf({ job: 'other' })])).not.toContain('What has changed');
});

it('rows that have changed are listed where they are public, whatever stands in them', () => {
  const counts = { inserted: 2, updated: 0, deleted: 1, moved: 0, split: 0, columns: {} };
  const changed = { 'changes/a.ndjson.gz': { ...counts, shown: ['− id <b>a</b>', '+ id ](x)'] } };
  const page = legSummary([resultOf({ job: 'features', changed })]);
  expect(asRead(page)).toContain('features:\n\n- − id <b>a</b>\n- + id ](x)\n- and 1 row more\n');
  expect(page).not.toMatch(/<b>|\]\(x\)/);
});
