import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultOf } from '../../test/fixtures/result.ts';
import type { Plan } from '../plan/types.ts';
import type { JobResult } from '../result/result.ts';
import { legSummary, planSummary, runSummary } from './summary.ts';

const MOST_BYTES = 1024 * 1024;
const SEED = 20261121;

/** Everything of a result that somebody else may have written is the text. */
const redResult = (job: string, text: string): JobResult =>
  resultOf({
    job,
    result: 'failed',
    is_settled: false,
    is_late: true,
    superseded: 2,
    description: text,
    reason: text,
    notices: [text],
    rejects: [text],
    quarantine: [text],
    gates: [text],
    drift: { added: [text], missing: [text] },
    changed: {
      [`changes/${text}`]: {
        inserted: 1,
        updated: 1,
        deleted: 1,
        moved: 1,
        split: 1,
        columns: { [text]: 1 },
        shown: [text],
      },
    },
    log_url: text,
    failure: {
      kind: 'auth',
      code: 'code',
      message: text,
      hint: text,
      exit: 3,
      who: 'you',
      request: { method: 'GET', url: text, status: 401, headers: { 'x-request-id': text } },
    },
    trace: { log: [text, text.slice(1)], manifests: [], uncommitted: 0 },
  });

const planOf = (jobs: readonly string[], text: string): Plan => {
  const slot = '2026-11-21T06:00:00.000Z';
  const interval = { start: slot, end: slot };
  return {
    now: slot,
    environment: 'dev',
    runs: [...jobs, 'lost'].map((job) => ({ job, slot, interval, attempt: 1, reason: text })),
    decisions: jobs.map((job) => ({ job, decision: 'not_due', reason: text, next: slot })),
    missing_credentials: jobs.map((job) => ({ job, names: [text], help: text, alarm: 'ran_before' })),
    records: jobs.map((job) => ({
      kind: 'settle',
      job,
      settlements: [{ slot, outcome: 'missed', at: slot, reason: text }],
    })),
    matrix: { include: [] },
    max_parallel: 1,
    has_work: true,
  };
};

const summaries = (jobs: readonly string[], text: string): string[] => {
  const results = jobs.map((job) => redResult(job, text));
  const plan = planOf(jobs, text);
  return [runSummary(results, plan), runSummary(results, undefined), legSummary(results), planSummary(plan)];
};

/** What a page is made of, whatever stands in it: its headings, rows, items, fences and folds, line by line. */
function skeleton(markdown: string): string[] {
  let fence: string | undefined;
  return markdown.split('\n').map((line) => {
    const [ticks] = /^`{3,}/.exec(line) ?? [];
    if (fence !== undefined) {
      if (line !== fence) return 'as it is';
      fence = undefined;
      return 'end of fence';
    }
    if (ticks !== undefined) {
      fence = ticks;
      return `fence ${line.slice(ticks.length)}`;
    }
    if (line.startsWith('|')) return `row of ${line.split('|').length}`;
    return /^(#+ |- |<details><summary>[\w ]+<\/summary>$|<\/details>$|$)/.exec(line)?.[0] ?? 'words';
  });
}

describe('a summary of whatever jobs', () => {
  const hostile = fc.constantFrom(
    '|',
    '\n',
    '\n\n',
    '<b>',
    '</details>',
    '<!--',
    '`',
    '```',
    '````\n',
    '[x](y)',
    '![x](y)',
    '::set-output name=a::b',
    '\n::error::x',
    '- ',
    '1. ',
    '# ',
    '> ',
    '---\n',
    '```mermaid\ngantt\nsection x',
    '%%{init: {}}%%',
    '\\',
    '&#124;',
    '    ',
    'https://evil.example/',
    '\u2028',
    'é',
  );

  it('has the same form, however hostile the words are', () => {
    const [benign] = [summaries(['one', 'two'], 'words').map(skeleton)];
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 12 }), (parts) => {
        // A text that is nothing but blanks would be no text.
        expect(summaries(['one', 'two'], `w${parts.join('')}`).map(skeleton)).toEqual(benign);
      }),
      { seed: SEED, numRuns: 60, examples: [[['```']], [['`````']]] },
    );
  });

  it('never has more than GitHub takes, nor loses the outcome, with a thousand jobs of the longest ids and words', () => {
    const character = fc.constantFrom('_', '&', '\n', '`', 'é', '💥', 'x', '1');
    fc.assert(
      fc.property(
        character,
        fc.integer({ min: 1, max: 1500 }),
        fc.integer({ min: 0, max: 20_000 }),
        (one, many, long) => {
          const jobs = Array.from({ length: many }, (_, index) => `${'_'.repeat(95)}${index}`);
          for (const text of summaries(jobs, one.repeat(long))) {
            expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
            expect(text).toMatch(/^### /);
          }
        },
      ),
      { seed: SEED, numRuns: 6, examples: [['&', 1000, 20_000]] },
    );
  });

  it('shows every one of a thousand jobs with ids as people choose them, and names the rest where there are more', () => {
    const many = (jobs: number): string =>
      runSummary(
        Array.from({ length: jobs }, (_, index) => resultOf({ job: `service_data_type_${index}` })),
        undefined,
      );
    // In the table of results, and in the one of records and sizes.
    expect(many(1000).match(/service&#95;data/g)).toHaveLength(2000);
    expect(many(9000)).toMatch(/^… and \d,\d{3} more\.$/m);
  });

  it('draws the jobs whose names begin what means something to mermaid', () => {
    const words = ['gantt', 'section', 'title', 'dateFormat', '2026-11-21', 'click', 'topAxis'];
    const text = runSummary(
      words.map((job) => resultOf({ job, seconds: 20 })),
      undefined,
    );
    for (const job of words) expect(text).toMatch(new RegExp(`^ {2}✓ ${job} :\\d+, \\d+$`, 'm'));
  });
});
