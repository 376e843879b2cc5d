import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { example, NOW } from '../../test/fixtures/history.ts';
import { jobOf } from '../../test/fixtures/job.ts';
import { drawPage } from './index.ts';
import type { Known } from './overview.ts';

const open = (known: Known) => parseHTML(drawPage(known)).document;
const textOf = (node: { textContent: string | null } | null | undefined): string => node?.textContent ?? '';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A page in which the first job, and its service, are called so. */
function named(name: string): Known {
  const known = example({ jobs: 1 });
  const slot = NOW.toISOString();
  const failed = {
    job: name,
    service: name,
    slot: name,
    run: name,
    ending: 'failed',
    startedAt: NOW.getTime(),
    seconds: 1,
    records: 1,
    failure: { code: name, who: name, message: name },
  } as const;
  return {
    ...known,
    environment: name,
    jobs: [jobOf({ id: name, service: name, cron: '0 * * * *' })],
    decisions: [{ job: name, decision: 'not_due', reason: name, next: slot }],
    history: { ...known.history, runs: [failed], ended: [] },
  };
}

describe('the history page', () => {
  it('loads nothing, and allows only its own style and script', () => {
    const page = drawPage(example({ jobs: 13 }));
    const { document } = parseHTML(page);
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const [style, script] = [/<style>(.*?)<\/style>/s, /<script>(.*?)<\/script>/s].map(
      (tag) => tag.exec(page)?.[1] ?? '',
    );
    expect(policy).toContain(`style-src ${hashOf(style ?? '')};`);
    expect(policy).toContain(`script-src ${hashOf(script ?? '')};`);
    expect(page).not.toMatch(/(?:https?:)?\/\/[a-z]/i);
    expect(document.querySelectorAll('[src], [style], [onclick], style ~ style, script ~ script')).toHaveLength(0);
    const links = [...document.querySelectorAll('[href]')].map((link) => link.getAttribute('href'));
    expect(links.filter((href) => !href?.startsWith('#'))).toEqual(['data:,']);
  });

  it.each([`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style></svg>'&amp;`])(
    'shows %s as it is',
    (name) => {
      const document = open(named(name));
      expect(textOf(document.querySelector('.map tbody th'))).toBe(name);
      expect(textOf(document.querySelector('.map h3'))).toBe(name);
      expect(textOf(document.querySelector('[aria-labelledby=failures] tbody th'))).toBe(name);
      expect(textOf(document.querySelector('title'))).toBe(`Tidemill: ${name}`);
      expect(document.querySelectorAll('script, img, [onerror]')).toHaveLength(1);
    },
  );

  it('has a row for every job, with a cell for every day', () => {
    const known = example({ jobs: 13 });
    const rows = [...open(known).querySelectorAll('.map tbody tr')];
    expect(rows.map((row) => textOf(row.querySelector('th'))).sort()).toEqual(known.jobs.map(({ id }) => id).sort());
    expect(rows.map((row) => row.querySelectorAll('td').length)).toEqual(rows.map(() => 1 + 14 + 1));
  });

  it('tells what happened in words, not by colour alone', () => {
    const cells = [...open(example({ jobs: 13 })).querySelectorAll('.map tbody td')];
    const filled = cells.filter(({ classList }) =>
      ['done', 'recovered', 'failed'].some((mark) => classList.contains(mark)),
    );
    expect(filled.length).toBeGreaterThan(100);
    for (const cell of filled) expect(textOf(cell)).toMatch(/^\d+ Nov: [\d,]+ (done|failed)/);
  });

  it('names the job that is late, by its own schedule, and what failed', () => {
    const document = open(example({ jobs: 13 }));
    expect(textOf(document.querySelector('h1'))).toBe('1 of 13 jobs needs attention: service_b_stream_1');
    expect(textOf(document.querySelector('.needy .now'))).toBe('✗ late: 12 slots, 2 d 21 h');
    const [newest] = document.querySelectorAll('[aria-labelledby=failures] tbody tr');
    expect(textOf(newest)).toContain('token-refused');
    expect(newest?.querySelector('a')?.getAttribute('href')).toMatch(/^#job-\d+$/);
  });

  it('draws four charts, each described in words, with their numbers in a table', () => {
    const document = open(example({ jobs: 13 }));
    const labels = [...document.querySelectorAll('figure svg[role=img]')].map((svg) => svg.getAttribute('aria-label'));
    expect(labels).toEqual([
      expect.stringMatching(/^1,209 runs, 22 not green/),
      expect.stringMatching(/^9 jobs up to date, 0 due, 1 late/),
      expect.stringMatching(/ records in all/),
      expect.stringMatching(/^One run in ten took longer than /),
    ]);
    expect(document.querySelectorAll('section > details tbody tr')).toHaveLength(14);
  });

  it('stays small with 500 jobs', () => {
    const page = drawPage(example({ jobs: 500 }));
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
  });

  it('can be drawn of an empty bucket', () => {
    const known = example({ jobs: 0 });
    const document = open(known);
    expect(textOf(document.querySelector('h1'))).toBe('There are no jobs yet');
    expect(textOf(document.querySelector('[aria-labelledby=failures]'))).toContain('None since 8 Nov');
  });

  it('still shows jobs that only the history knows', () => {
    const known = example({ jobs: 13 });
    const [gone, ...jobs] = known.jobs;
    const document = open({ ...known, jobs });
    const row = [...document.querySelectorAll('.map tbody tr')].find(
      (one) => textOf(one.querySelector('th')) === gone?.id,
    );
    expect(textOf(row?.querySelector('.now'))).toBe('not configured any more');
  });
});
