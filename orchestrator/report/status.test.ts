import { describe, expect, it } from 'vitest';
import type { Settlement } from '../state/job-state.ts';
import { type JobStatus, statusTable } from './status.ts';
import { statusDetail } from './status-detail.ts';

const NOON = '2026-11-21T12:00:00.000Z';
const settled = (outcome: Settlement['outcome'], more: Partial<Settlement> = {}): Settlement => ({
  slot: NOON,
  outcome,
  at: NOON,
  ...more,
});

const quiet: JobStatus = {
  job: 'shop_orders',
  environment: 'prd',
  decision: 'not_due',
  reason: 'nothing is owed',
  owed: [],
  owed_slots: 0,
  next: '2026-11-21T18:00:00.000Z',
  settled_through: NOON,
  cursor: { after: NOON },
  cursor_version: 1,
  packages_to_load: 0,
  recent: [settled('done')],
  history: [],
};

/** Everything that can be out of the ordinary, and long. */
const loud: JobStatus = {
  ...quiet,
  job: `a_job_${'with_a_long_name_'.repeat(5)}`,
  decision: 'missing_credentials',
  owed: [NOON],
  owed_slots: 1234,
  oldest_owed: { slot: NOON, lateness_seconds: 90 * 24 * 3600 },
  newest_owed: { slot: NOON, lateness_seconds: 60 },
  cursor: { after: NOON, seen: 'x'.repeat(500) },
  breaker: { state: 'open', failures: 7, since: NOON, probe_at: '2026-11-21T18:00:00.000Z' },
  paused: { at: NOON, reason: 'y'.repeat(300) },
  claim: { slot: NOON, run: 'leg-1', attempt: 1, claimed_at: NOON, lease_until: '2026-11-21T12:05:00.000Z' },
  backfill: { id: 'b', from: NOON, to: '2026-11-24T00:00:00.000Z', through: '2026-11-23T00:00:00.000Z' },
  replay: { id: 'r', list: 'x', done: 3, total: 40 },
  moved_to: 'other',
  packages_to_load: 2,
  recent: ['superseded', 'done', 'missed', 'skipped', 'done', 'failed'].map((outcome) =>
    settled(outcome as Settlement['outcome']),
  ),
};

describe('the table', () => {
  it('has a line for each job, and nothing more where nothing is out of the ordinary', () => {
    expect(statusTable([quiet]).split('\n')).toEqual([
      'job          now      last  owed  next (UTC)',
      '───────────  ───────  ────  ────  ───────────',
      'shop_orders  not due  ✓           11-21 18:00',
      '',
      '✓ done  ✗ failed or over a gate  › superseded  ! missed  – skipped',
      '',
    ]);
  });

  it('counts the jobs of other environments', () => {
    const text = statusTable([quiet, { ...quiet, job: 'elsewhere', decision: 'other_environment' }]);
    expect(text).toContain('Besides: 1 job of other environments.');
    expect(text).not.toContain('elsewhere');
  });

  it('says where there are jobs, if none is here', () => {
    const text = statusTable([{ ...quiet, decision: 'other_environment' }], ['dev', 'prd']);
    expect(text).toBe(
      'No job is of this environment. Besides: 1 job of other environments (dev, prd): `npx tidemill status --environment dev`.\n',
    );
  });

  it('shows a run over a gate as the red one that it is, until a newer one is not', () => {
    const red = settled('done', { reason: 'gate-not-met: the crawl of acme failed' });
    const text = statusTable([{ ...quiet, recent: [red, settled('skipped')] }]);
    expect(text).toMatch(/^shop_orders {2}not due {2}✗–/m);
    expect(text).toContain('shop_orders: gate not met on 2026-11-21 12:00 UTC: the crawl of acme failed\n');
    const since = statusTable([{ ...quiet, recent: [red, settled('done')] }]);
    expect(since).toMatch(/^shop_orders {2}not due {2}✗✓/m);
    expect(since).not.toContain('gate not met');
  });

  it('fits a terminal, whatever there is to say, and cuts nothing that is said below', () => {
    const lines = statusTable([quiet, loud]).split('\n');
    const table = lines.slice(0, lines.indexOf(''));
    expect(Math.max(...table.map(({ length }) => length))).toBe(80);
    expect(lines.join('\n')).toContain(`${loud.job}: paused since 2026-11-21 12:00 UTC: ${'y'.repeat(300)}`);
    const text = lines.join('\n');
    for (const said of ['✓!–✓✗', '1,234, oldest 90 d 0 h late', 'breaker is open until', 'paused since']) {
      expect(text).toContain(said);
    }
  });

  it.each([
    ['3 of 40 packages loaded', {}],
    ['done up to 2026-11-23 00:00 UTC', {}],
    ['2 packages to load', {}],
    ['run leg-1 is at it, until 2026-11-21 12:05 UTC', {}],
    ['renamed to other', {}],
    ['7 runs failed since 2026-11-21 12:00 UTC; the breaker is open until 2026-11-21 18:00 UTC', {}],
    ['the next run is its probe', { breaker: { state: 'probing', failures: 7, since: NOON } }],
    [
      '1 run failed since 2026-11-21 12:00 UTC; the breaker is closed',
      { breaker: { state: 'closed', failures: 1, since: NOON } },
    ],
  ] satisfies [string, Partial<JobStatus>][])('says "%s" below', (said, more) => {
    const line = statusTable([{ ...loud, job: 'job', ...more }])
      .split('\n')
      .find((text) => text.includes(said));
    expect(line).toMatch(/^job: /);
  });
});

describe('everything about one job', () => {
  it('has the reasons of its outcomes, and who did what to it', () => {
    const text = statusDetail({
      ...loud,
      job: 'job',
      recent: [
        settled('superseded', { from: '2026-11-21T06:00:00.000Z', count: 6 }),
        settled('failed', { reason: 'command-failed: it broke' }),
      ],
      history: [
        {
          at: NOON,
          who: 'ada',
          operation: 'reset',
          why: 'new ids',
          cursor_before: { version: 1, value: { after: 5 } },
        },
      ],
    });
    expect(text).toMatch(/^job\n {2}now {8}missing credentials: nothing is owed$/m);
    expect(text).toMatch(/^✗ failed +2026-11-21 12:00 +2026-11-21 12:00 +command-failed: it broke$/m);
    expect(text).toMatch(/^› superseded +2026-11-21 12:00 +2026-11-21 12:00 +6 slots from 2026-11-21 06:00$/m);
    expect(text).toMatch(/^2026-11-21 12:00 +ada +reset +new ids; the cursor before: \{"after":5\}$/m);
    expect(text).toContain('(version 1)');
    expect(text).toMatch(/^ {2}owed {7}1,234: oldest 2026-11-21 12:00 UTC, 90 d 0 h late; newest$/m);
  });

  it('fits a terminal but for what is made to be copied, is whole, and obeys no text', () => {
    const nasty = `\u001b[31mred\nsecond line ${'z'.repeat(300)}end`;
    const deed = { at: NOON, who: nasty, operation: 'rewind', why: nasty } as const;
    const cursor = { after: NOON, seen: 'x'.repeat(500) };
    const unread = [{ from: NOON, to: '2026-11-24T00:00:00.000Z' }];
    const text = statusDetail({
      ...loud,
      job: 'job',
      cursor,
      unread,
      reason: nasty,
      paused: { at: NOON, reason: nasty },
      recent: [settled('failed', { reason: nasty })],
      history: [{ ...deed, cursor_before: { version: 1, value: nasty } }],
    });
    const lines = text.split('\n');
    const long = lines.filter(({ length }) => length > 80);
    expect(long).toEqual([
      expect.stringContaining(JSON.stringify(cursor)),
      expect.stringContaining('tidemill backfill'),
    ]);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text.match(/zend/g)).toHaveLength(5);
    expect(text).toMatch(/^ {2}next slot {2}paused$/m);
  });

  it('shows which run is over a gate', () => {
    const text = statusDetail({ ...quiet, recent: [settled('done', { reason: 'gate-not-met: too few rows' })] });
    expect(text).toMatch(/^✗ over a gate +2026-11-21 12:00 +2026-11-21 12:00 +gate-not-met: too few rows$/m);
  });

  it('says that a first run waits, without saying it twice', () => {
    const reason = 'waiting for 2 of 2 crawls';
    const waits = { slot: NOON, since: NOON, next_poll_at: NOON, open: 2, of: 2 };
    const text = statusDetail({ ...quiet, decision: 'waiting', reason, waits, recent: [] });
    expect(text).toMatch(/^ {2}now {8}waiting for 2 of 2 crawls$/m);
    expect(text).toContain('No run has ended yet.');
    expect(text).not.toContain('It never ran.');
  });

  it('says so when there is nothing to tell', () => {
    const { cursor: _, cursor_version: __, next: ___, settled_through: ____, ...rest } = quiet;
    const text = statusDetail({ ...rest, recent: [] });
    for (const said of ['It never ran.', 'by hand', 'nothing yet', 'none']) expect(text).toContain(said);
  });
});
