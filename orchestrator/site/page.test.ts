import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { example, issueOf, LOG, NOW, troubled } from '../../test/fixtures/history.ts';
import { jobOf } from '../../test/fixtures/job.ts';
import { emptyState } from '../state/transitions.ts';
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
  it.each(['waiting', 'resume'] as const)(
    'says what is waited for, since when and how long (%s), also after a failure',
    (decision) => {
      const reason = 'waiting for 2 of 2 crawls since 2026-11-21 06:10 UTC, until 2026-11-22 06:10 UTC at the latest';
      const known = named('pages');
      const decisions = [{ job: 'pages', decision, reason }];
      const waits = /waiting for 2 of 2 crawls since 21 Nov 06:10, until 22 Nov 06:10 at the latest/;
      const failed = textOf(open({ ...known, decisions }).querySelector('#job-1'));
      expect(failed).toMatch(new RegExp(`who must act: pages.*Now ${waits.source}`, 's'));
      const history = { ...known.history, runs: [] };
      const schedule = { cron: '0 * * * *', timezone: 'UTC', effective_from: '2026-11-21T14:30:00.000Z' };
      const states = new Map([['pages', { ...emptyState('pages'), schedule }]]);
      const begun = textOf(open({ ...known, decisions, history, states }).querySelector('#job-1'));
      expect(begun).toMatch(waits);
      expect(begun).toMatch(/▲ waiting: 1 slot/);
    },
  );

  it('says that a data set is gone, also after the failure that it began with', () => {
    const known = named('pages');
    const reason = 'shop has no pages any more, since 2026-11-21 06:10 UTC';
    const decisions = [{ job: 'pages', decision: 'unit_gone', reason }] as const;
    const shown = textOf(open({ ...known, decisions }).querySelector('#job-1'));
    expect(shown).toMatch(/who must act: pages.*Now shop has no pages any more, since 21 Nov 06:10/s);
  });

  it('loads nothing, and allows only its own style and script', () => {
    const page = drawPage(troubled(example({ jobs: 13 })));
    const { document } = parseHTML(page);
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const [style, script] = [/<style>(.*?)<\/style>/s, /<script>(.*?)<\/script>/s].map(
      (tag) => tag.exec(page)?.[1] ?? '',
    );
    expect(policy).toContain(`style-src ${hashOf(style ?? '')};`);
    expect(policy).toContain(`script-src ${hashOf(script ?? '')};`);
    expect(document.querySelectorAll('[src], [style], [onclick], style ~ style, script ~ script')).toHaveLength(0);
    const links = [...document.querySelectorAll('[href]:not(a[href^="#"])')];
    expect(links[0]?.getAttribute('href')).toBe('data:,');
    for (const link of links.slice(1)) {
      expect(link.matches('a[rel=noreferrer]')).toBe(true);
      expect(link.getAttribute('href')).toMatch(/^https:\/\/github\.com\/me\/data\//);
    }
    // Nowhere else is an address, which something might load.
    expect(drawPage(example({ jobs: 13 }))).not.toMatch(/(?:https?:)?\/\/[a-z]/i);
  });

  it.each([`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style></svg>'&amp;`])(
    'shows %s as it is',
    (name) => {
      const document = open(named(name));
      expect(textOf(document.querySelector('.map tbody th'))).toBe(name);
      expect(textOf(document.querySelector('.map h3'))).toBe(name);
      expect(textOf(document.querySelector('.jobs .name'))).toBe(name);
      expect(textOf(document.querySelector('.jobs .why'))).toContain(`✗ ${name}: ${name}`);
      expect(textOf(document.querySelector('[aria-labelledby=failures] tbody th'))).toBe(name);
      expect(textOf(document.querySelector('title'))).toBe(`Tidemill: ${name}`);
      expect(document.querySelectorAll('script, img, [onerror]')).toHaveLength(1);
    },
  );

  it('has a row for every job, with a cell for every day', () => {
    const known = example({ jobs: 13 });
    const rows = [...open(known).querySelectorAll('.map tbody tr')];
    expect(rows.map((row) => textOf(row.querySelector('th'))).sort()).toEqual(known.jobs.map(({ id }) => id).sort());
    expect(rows.map((row) => row.querySelectorAll('td').length)).toEqual(rows.map(() => 14));
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
    expect(textOf(document.querySelector('.needy .why'))).toBe(
      'no plan has run it yet; 3 h 20 min late; supersedes 11 slots',
    );
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
    expect(document.querySelectorAll('[aria-labelledby=over-time] tbody tr')).toHaveLength(14);
  });

  it('begins with the jobs, and draws the charts after them', () => {
    const document = open(example({ jobs: 13 }));
    const titles = [
      'Jobs',
      'History',
      'Over time (UTC)',
      'Last failures',
      'Slots without a run of their own',
      'Next slots',
    ];
    expect([...document.querySelectorAll('main h2')].map(textOf)).toEqual(titles);
  });

  it('says of each job why it stands where it stands, and where to read on', () => {
    const known = troubled(example({ jobs: 13 }));
    const document = open(known);
    const items = [...document.querySelectorAll('.jobs li')];
    const of = (index: number) => items.find((one) => textOf(one.querySelector('.name')) === known.jobs[index]?.id);
    const why = (index: number): string => textOf(of(index)?.querySelector('.why'));
    const refused =
      '✗ token-refused: the source refuses the token of TOKEN 21 Nov 15:19, who must act: you: renew the credentials';
    expect(why(0)).toBe(`${refused} issue log`);
    const hrefs = [...(of(0)?.querySelectorAll('.why a') ?? [])].map((link) => link.getAttribute('href'));
    expect(hrefs).toEqual([issueOf(known.jobs[0]?.id ?? ''), LOG]);
    expect(why(2)).toBe('paused since 20 Nov 10:00: on holiday');
    expect(why(3)).toMatch(/^✗ lost: its leg ended without a report .* its slot is owed again issue$/);
    expect(why(5)).toBe('21 Nov 15:19: no news, in the place of 3 older');
    expect(why(6)).toBe('missing credentials: SHOP_TOKEN');
    expect(why(7)).toMatch(/^21 Nov 05:40: \d+ records$/);
    expect(textOf(document.querySelector('h1'))).toMatch(/^3 of 13 jobs need attention: /);
    expect(items.slice(0, 3).map(({ className }) => className)).toEqual(['needy', 'needy', '']);
  });

  it('shows in the map what was lost and what was superseded', () => {
    const known = troubled(example({ jobs: 13 }));
    const rows = [...open(known).querySelectorAll('.map tbody tr')];
    const last = (index: number) =>
      rows.find((row) => textOf(row.querySelector('th')) === known.jobs[index]?.id)?.querySelector('td:last-child');
    expect(last(3)?.className).toMatch(/^lost/);
    expect(textOf(last(3))).toMatch(/^21 Nov: .*1 lost/);
    expect(last(5)?.className).toMatch(/^superseded/);
    expect(textOf(last(5))).toMatch(/^21 Nov: \d+ done, 3 superseded/);
  });

  it('folds jobs of other environments away, and counts them nowhere else', () => {
    const document = open(troubled(example({ jobs: 13 })));
    const away = document.querySelector('details.elsewhere:not([open])');
    expect(textOf(away?.querySelector('summary'))).toBe('1 job of other environments');
    expect(textOf(away?.querySelector('li'))).toBe('of_production: runs only in prd');
    expect(document.querySelectorAll('.jobs li, .map tbody tr')).toHaveLength(2 * 13);
    expect(open(example({ jobs: 13 })).querySelector('.elsewhere')).toBeNull();
  });

  it('explains every mark and every sign that it uses', () => {
    const document = open(troubled(example({ jobs: 13 })));
    const explained = [...document.querySelectorAll('.legend span')].map(({ className }) => className);
    const used = [...document.querySelectorAll('.map td')].map(({ className }) => className.split(' ')[0] || 'empty');
    expect(explained).toEqual(expect.arrayContaining([...new Set(used)]));
    const signs = textOf(document.querySelector('.legend[aria-label=Freshness]'));
    for (const now of document.querySelectorAll('.jobs .now')) expect(signs).toContain(textOf(now)[0]);
  });

  it('writes every time so that a script can tell it in the zone of the reader', () => {
    const document = open(troubled(example({ jobs: 13, days: 2 })));
    const times = [...document.querySelectorAll('time')];
    expect(times.length).toBeGreaterThan(40);
    for (const time of times) {
      const at = time.getAttribute('datetime') ?? '';
      expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
      expect(time.closest('thead') === null ? textOf(time).slice(-5) : `${textOf(time)}:00`).toBe(at.slice(11, 16));
    }
    const untold = document.toString().replaceAll(/<time[^>]*>[^<]*<\/time>|<i>[^<]*<\/i>|<svg.*?<\/svg>/gs, '');
    expect(untold.match(/\d \w{3} \d\d:\d\d(?! UTC)/)).toBeNull();
  });

  it('stays small, and is drawn in a time that grows with the number of jobs', () => {
    expect(Buffer.byteLength(drawPage(example({ jobs: 500 })))).toBeLessThan(1_000_000);
    const drawn = (jobs: number): { bytes: number; cpu: number } => {
      const known = example({ jobs, days: 1 });
      const before = process.cpuUsage();
      const bytes = Buffer.byteLength(drawPage(known));
      const { user, system } = process.cpuUsage(before);
      return { bytes, cpu: user + system };
    };
    const [few, many] = [drawn(1000), drawn(10_000)];
    expect(many.bytes).toBeLessThan(10_000_000);
    expect(many.cpu).toBeLessThan(25 * few.cpu);
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
    const item = [...document.querySelectorAll('.jobs li')].find(
      (one) => textOf(one.querySelector('.name')) === gone?.id,
    );
    expect(textOf(item?.querySelector('.now'))).toBe('not configured any more');
  });
});
