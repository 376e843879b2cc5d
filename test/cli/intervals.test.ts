/** What jobs read that read by interval: all of the time once, whatever became of the slots. */
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readsOf as cursorReadsOf, datedProject, stateOf } from './dated.ts';
import { type Project, project } from './project.ts';
import { breakWith, configure, mend, on, quarters, quartersProject, readsOf, rowsOf } from './quarters.ts';

const tick = (here: Project, day: number, time: string) => here.run(['tick', '--json'], { now: on(day, time) });

describe('all of the time is read once', () => {
  it('after 28 hours without a tick, by the newest slot in the place of the others', async () => {
    const here = await quartersProject();
    await tick(here, 20, '11:05');
    const { results } = (await tick(here, 21, '15:05')).json();
    expect(results).toMatchObject([
      { result: 'done', superseded: 27, interval: { start: '2026-11-20T11:00:00.000Z' } },
    ]);
    await tick(here, 21, '16:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(21, '16:00')));
  });

  it('when the first slots of a new job were superseded', async () => {
    const here = await quartersProject();
    await tick(here, 20, '14:05');
    expect(readsOf(here)).toEqual(['2026-11-20T10:00 2026-11-20T14:00']);
  });

  it('when a slot was given up: the next one reads its interval, and so it is said', async () => {
    const here = await quartersProject({ max_attempts: 2 });
    breakWith(here, 1);
    for (const time of ['11:05', '11:20']) await tick(here, 20, time);
    expect(stateOf(here, 'quarters').recent).toMatchObject([{ slot: '2026-11-20T11:00:00.000Z', outcome: 'failed' }]);
    mend(here);
    await tick(here, 20, '12:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '12:00')));
  });

  it('when somebody runs it between two slots, as often as they like', async () => {
    const here = await quartersProject();
    await tick(here, 20, '11:05');
    for (const time of ['11:20', '11:20', '11:50']) await here.run(['run', 'quarters'], { now: on(20, time) });
    await tick(here, 20, '12:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '12:00')));
  });

  it('when somebody runs it before the tick of a slot: the slot is settled, and nothing is asked', async () => {
    const here = await quartersProject();
    await here.run(['run', 'quarters'], { now: on(20, '11:03') });
    const planned = (await here.run(['plan', '--json'], { now: on(20, '11:05') })).json();
    expect(planned.runs[0].reason).toContain('read already, up to 2026-11-20 11:03 UTC: only settles');
    const { results } = (await tick(here, 20, '11:05')).json();
    expect(results).toMatchObject([{ result: 'done', notices: [expect.stringContaining('read already, up to')] }]);
    expect(readsOf(here)).toHaveLength(1);
    await tick(here, 20, '12:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '12:00')));
  });

  it('when somebody runs a slot by hand: it is settled, and nothing is read again', async () => {
    const here = await quartersProject();
    const slot = ['run', 'quarters', '--slot', '2026-11-20T12:00:00Z', '--json'];
    const { results } = (await here.run(slot, { now: on(20, '12:20') })).json();
    expect(results).toMatchObject([{ result: 'done', superseded: 1, interval: { start: '2026-11-20T10:00:00.000Z' } }]);
    expect(stateOf(here, 'quarters').settled_through).toBe('2026-11-20T12:00:00.000Z');
    expect((await tick(here, 20, '12:30')).json().results).toEqual([]);
    const again = await here.run(slot, { now: on(20, '12:40') });
    expect([again.exit, again.json().results[0].failure]).toEqual([
      2,
      expect.objectContaining({ code: 'span-doubles' }),
    ]);
    await tick(here, 20, '13:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '13:00')));
  });

  it('when somebody asks for a slot that an open backfill is still to read: it is the one that reads it', async () => {
    const here = await quartersProject();
    await tick(here, 20, '11:05');
    here.write('breaks_from', on(20, '07:00'));
    const backfill = (...args: string[]) => here.run(['backfill', 'quarters', ...args], { now: on(20, '11:10') });
    await backfill('--from', on(20, '05:00'), '--to', on(20, '10:00'));
    rmSync(here.path('breaks_from'));
    const asked = await here.run(['run', 'quarters', '--slot', on(20, '09:00')], { now: on(20, '11:20') });
    expect([asked.exit, asked.stderr + asked.stdout]).toEqual([
      2,
      expect.stringContaining('`npx tidemill backfill quarters`'),
    ]);
    expect((await backfill()).exit).toBe(0);
    expect(await rowsOf(here)).toEqual(quarters(on(20, '05:00'), on(20, '11:00')));
  });

  it('with catchup: all by hand in the order of the slots', async () => {
    const here = await quartersProject({ catchup: 'all' });
    const by = (hour: number) =>
      here.run(['run', 'quarters', '--slot', on(20, `${hour}:00`)], { now: on(20, '12:20') });
    const early = await by(12);
    expect([early.exit, early.stderr]).toEqual([2, expect.stringContaining('--slot 2026-11-20T11:00:00.000Z')]);
    expect([(await by(11)).exit, (await by(12)).exit]).toEqual([0, 0]);
    expect(readsOf(here)).toEqual(['2026-11-20T10:00 2026-11-20T11:00', '2026-11-20T11:00 2026-11-20T12:00']);
  });

  it('by the slots of their own with catchup: all, and by the one after a slot that was given up', async () => {
    const here = await quartersProject({ catchup: 'all', max_attempts: 1 });
    breakWith(here, 1);
    await tick(here, 20, '11:05');
    mend(here);
    await tick(here, 20, '14:05');
    expect(readsOf(here).slice(1)).toEqual([
      '2026-11-20T10:00 2026-11-20T12:00',
      '2026-11-20T12:00 2026-11-20T13:00',
      '2026-11-20T13:00 2026-11-20T14:00',
    ]);
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '14:00')));
  });

  it('when its cron is edited, when it is switched off and when it is paused', async () => {
    const here = await quartersProject();
    await tick(here, 20, '11:05');
    here.write('ingestion-config.yaml', configure({ cron: '30 */6 * * *' }));
    await tick(here, 20, '16:50');
    await tick(here, 20, '18:35');
    here.write('ingestion-config.yaml', configure({ enabled: false }));
    await tick(here, 20, '20:05');
    here.write('ingestion-config.yaml', configure());
    await tick(here, 20, '20:10');
    await tick(here, 20, '21:05');
    await here.run(['pause', 'quarters', '--reason', 'x'], { now: on(20, '21:10') });
    await tick(here, 20, '23:05');
    await here.run(['resume', 'quarters'], { now: on(20, '23:10') });
    await tick(here, 21, '00:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(21, '00:00')));
  });

  it('when the breaker was open', async () => {
    const here = await quartersProject({ breaker_failures: 1, breaker_minutes: 180 });
    breakWith(here, 75);
    await tick(here, 20, '11:05');
    mend(here);
    expect((await tick(here, 20, '13:05')).json().results).toEqual([]);
    await tick(here, 20, '14:10');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '14:00')));
  });

  it('by a state that did not know yet up to where was read', async () => {
    const here = await quartersProject();
    await tick(here, 20, '11:05');
    const file = '.tidemill/local/bucket/_tidemill/state/quarters.json';
    const { read_through: _, ...older } = stateOf(here, 'quarters');
    here.write(file, JSON.stringify(older));
    breakWith(here, 1);
    for (const time of ['12:05', '12:10', '12:15']) await tick(here, 20, time);
    mend(here);
    await tick(here, 20, '14:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '14:00')));
  });
});

describe('max_interval', () => {
  it('reads a long interval in pieces, and keeps those that were read before it failed', async () => {
    const here = await quartersProject({ max_interval: '2h' });
    here.write('breaks_from', '2026-11-20T14:00');
    const failed = await tick(here, 20, '17:05');
    expect(failed.json().results).toMatchObject([{ result: 'failed', totals: { records: 16, packages: 2 } }]);
    expect(stateOf(here, 'quarters').read_through).toBe('2026-11-20T14:00:00.000Z');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '14:00')));
    rmSync(here.path('breaks_from'));
    await tick(here, 20, '17:20');
    expect(readsOf(here).slice(-2)).toEqual(['2026-11-20T14:00 2026-11-20T16:00', '2026-11-20T16:00 2026-11-20T17:00']);
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '17:00')));
  });

  it('keeps pieces without news, too: they are not read again', async () => {
    const here = await quartersProject({ max_interval: '7m' });
    here.write('breaks_from', '2026-11-20T10:42');
    await tick(here, 20, '11:05');
    expect(stateOf(here, 'quarters').read_through).toBe('2026-11-20T10:42:00.000Z');
    rmSync(here.path('breaks_from'));
    await tick(here, 20, '11:20');
    expect(new Set(readsOf(here)).size).toBe(readsOf(here).length - 1);
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '11:00')));
  });
});

describe('what becomes of a slot that failed', () => {
  const failAt = async (here: Project, ...times: string[]): Promise<string[]> => {
    const outlooks: string[] = [];
    for (const time of times) {
      const { stdout } = await here.run(['tick'], { now: on(20, time) });
      outlooks.push(/The slot is .*/.exec(stdout)?.[0] ?? '');
    }
    return outlooks;
  };

  it('for what may pass is not given up, however often it is tried, and so it is said', async () => {
    const here = await quartersProject({ catchup: 'all', breaker_failures: 100 });
    breakWith(here, 75);
    const outlooks = await failAt(here, '11:05', '12:05', '13:05', '14:05');
    expect(new Set(outlooks)).toEqual(new Set(['The slot is still owed: the next plan tries it again.']));
    expect(stateOf(here, 'quarters')).toMatchObject({ recent: [], attempt: { count: 4, passed: 4 } });
    mend(here);
    await tick(here, 20, '14:10');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '14:00')));
  });

  it('for what somebody must mend is given up after max_attempts, and the next slot is named that makes up for it', async () => {
    const here = await quartersProject({ max_attempts: 2 });
    breakWith(here, 1);
    expect(await failAt(here, '11:05', '11:10', '11:15')).toEqual([
      'The slot is still owed, after attempt 1 of 2: the next plan tries it again; a newer slot that has come by then reads its interval in its place.',
      'The slot is given up; the next slot, 2026-11-20T12:00:00.000Z, reads on from where the last run stopped, so nothing is left out.',
      '',
    ]);
  });

  it('counts neither what passed by itself before, nor what does after', async () => {
    const here = await quartersProject({ catchup: 'all', max_attempts: 2, breaker_failures: 100 });
    for (const [code, time] of [
      [75, '11:05'],
      [75, '11:10'],
      [1, '11:15'],
      [75, '11:20'],
    ] as const) {
      breakWith(here, code);
      await tick(here, 20, time);
    }
    expect(stateOf(here, 'quarters')).toMatchObject({ recent: [], attempt: { count: 4, passed: 3 } });
    breakWith(here, 1);
    expect(await failAt(here, '11:25')).toEqual([expect.stringMatching(/^The slot is given up; /)]);
  });

  it('says when the breaker lets the next plan try it', async () => {
    const here = await quartersProject({ catchup: 'all', breaker_failures: 2, breaker_minutes: 90 });
    breakWith(here, 75);
    expect(await failAt(here, '11:05', '11:10', '12:35', '12:41')).toEqual([
      'The slot is still owed: the next plan tries it again.',
      'The slot is still owed: the breaker is open, and the first plan after 2026-11-20 12:40 UTC tries it again. When what it lacks is mended: `npx tidemill run quarters` runs it at once.',
      '',
      'The slot is still owed: the breaker is open, and the first plan after 2026-11-20 14:11 UTC tries it again. When what it lacks is mended: `npx tidemill run quarters` runs it at once.',
    ]);
  });

  it('by hand is not tried again, and nothing says so', async () => {
    const here = await quartersProject();
    breakWith(here, 75);
    const { stdout } = await here.run(['run', 'quarters'], { now: on(20, '11:20') });
    expect(stdout).toContain('A run by hand is not tried again');
    expect(stdout).not.toContain('plan');
  });
});

describe('catchup: none', () => {
  it('names what it leaves unread, with the command that reads it; once that is done nothing is missing', async () => {
    const here = await quartersProject({ catchup: 'none' });
    await tick(here, 20, '11:05');
    const command = 'npx tidemill backfill quarters --from 2026-11-20T11:00:00Z --to 2026-11-20T13:00:00Z';
    const planned = await here.run(['plan'], { now: on(20, '14:30') });
    expect(planned.stdout.split('\n')).toContain(`quarters: not read: \`${command}\``);
    await tick(here, 20, '14:30');
    expect(await rowsOf(here)).toEqual([
      ...quarters(on(20, '10:00'), on(20, '11:00')),
      ...quarters(on(20, '13:00'), on(20, '14:00')),
    ]);
    for (const args of [['status'], ['status', 'quarters']]) {
      expect((await here.run(args, { now: on(20, '14:35') })).stdout).toContain(command);
    }
    await here.run(command.split(' ').slice(2), { now: on(20, '14:40') });
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '14:00')));
    expect((await here.run(['status'], { now: on(20, '14:45') })).stdout).not.toContain('backfill');
  });
});

describe('what was read of the past before the first plan', () => {
  it.each([
    ['backfill', 'quarters', '--from', on(20, '09:00'), '--to', on(20, '10:00')],
    ['run', 'quarters', '--slot', on(20, '10:00')],
  ])('by %s is not read again, though the cron is another one by then', async (...args) => {
    const here = await project({ 'ingestion-config.yaml': configure() });
    expect((await here.run(args, { now: on(20, '10:35') })).exit).toBe(0);
    here.write('ingestion-config.yaml', configure({ cron: '0 0 * * *' }));
    for (const [day, time] of [
      [20, '10:50'],
      [21, '00:05'],
    ] as const) {
      await tick(here, day, time);
    }
    expect(await rowsOf(here)).toEqual(quarters(on(20, '09:00'), on(21, '00:00')));
  });
});

describe('a slot that was missed', () => {
  it('is named no more once somebody has run it by hand', async () => {
    const here = await quartersProject({ catchup: 'none' });
    await tick(here, 20, '11:05');
    await tick(here, 20, '14:30');
    for (const hour of [12, 13]) {
      await here.run(['run', 'quarters', '--slot', on(20, `${hour}:00`)], { now: on(20, '14:35') });
    }
    expect(stateOf(here, 'quarters').unread).toBeUndefined();
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '14:00')));
    expect((await here.run(['status', 'quarters'], { now: on(20, '14:45') })).stdout).not.toContain('backfill');
  });
});

describe('a stream with a cursor', () => {
  it('runs for a slot that a run by hand has overtaken, and has no span to name when a slot is missed', async () => {
    const here = await datedProject({ events: { cron: '0 * * * *', catchup: 'none' } });
    await here.run(['tick'], { now: on(21, '10:05') });
    await here.run(['run', 'events'], { now: on(21, '11:03') });
    expect((await tick(here, 21, '11:05')).json().results).toMatchObject([{ result: 'done', notices: [] }]);
    expect(cursorReadsOf(here)).toHaveLength(2);
    await tick(here, 21, '15:30');
    const { stdout } = await here.run(['status', 'events'], { now: on(21, '15:40') });
    expect([stdout.includes('missed'), stdout.includes('not read')]).toEqual([true, false]);
  });
});

describe('a backfill of a table without a key', () => {
  it.each([
    ['was read already', '10:00', '11:00'],
    ['was read in part', '07:00', '10:15'],
    ['the next run will read', '11:00', '11:30'],
  ])('is refused for a span that %s', async (_, from, to) => {
    const here = await quartersProject();
    await tick(here, 20, '11:05');
    const args = ['backfill', 'quarters', '--from', on(20, from), '--to', on(20, to), '--json'];
    const { exit, json } = await here.run(args, { now: on(20, '11:40') });
    expect([exit, json().error]).toEqual([2, expect.objectContaining({ code: 'span-doubles' })]);
    expect(stateOf(here, 'quarters').backfill).toBeUndefined();
    expect(await rowsOf(here)).toEqual(quarters(on(20, '10:00'), on(20, '11:00')));
  });

  it('reads what lies before all that was read', async () => {
    const here = await quartersProject();
    await tick(here, 20, '11:05');
    const args = ['backfill', 'quarters', '--from', on(20, '07:00'), '--to', on(20, '10:00')];
    expect((await here.run(args, { now: on(20, '11:40') })).exit).toBe(0);
    await tick(here, 20, '12:05');
    expect(await rowsOf(here)).toEqual(quarters(on(20, '07:00'), on(20, '12:00')));
  });
});
