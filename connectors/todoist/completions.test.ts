import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import {
  type Given,
  type Reading,
  readService,
  rowsOf as rowsOfStream,
  streamOf,
} from '../../test/fakes/read-service.ts';
import { startTodoist, type TodoistContents, type TodoistFake } from '../../test/fakes/todoist.ts';
import type { Fields } from '../../test/fakes/todoist-completed.ts';
import connector from './index.ts';
import { windowsOf } from './windows.ts';

const NOW = '2026-11-21T12:00:00.789Z';

async function openTodoist(contents: TodoistContents): Promise<TodoistFake> {
  const todoist = await startTodoist();
  onTestFinished(() => todoist.close());
  todoist.publish(contents);
  return todoist;
}

const read = (todoist: TodoistFake, name: string, given: Given = {}): Promise<Reading> =>
  readService(connector, name, todoist, { clock: fakeClock(NOW), ...given });

const rowsOf = (name: string, records: readonly unknown[]) => rowsOfStream(streamOf(connector, name), records);

const task = (id: string, fields: Fields): Fields => ({
  id,
  content: `Task ${id}`,
  project_id: 'project-1',
  priority: 1,
  checked: false,
  is_deleted: false,
  ...fields,
});

describe('windows of completions', () => {
  const windows = (through: string | null, since = '2026-01-01', until?: Date) => [
    ...windowsOf({ cursor: { through }, options: { since }, now: new Date(NOW), until } as Parameters<
      typeof windowsOf
    >[0]),
  ];

  it('touch, are shorter than any three months, and end now', () => {
    const all = windows(null, '2007-01-01');
    expect(all.slice(1).map(({ since }) => since)).toEqual(all.slice(0, -1).map(({ until }) => until));
    const lengths = all.map(({ since, until }) => (Date.parse(until) - Date.parse(since)) / 86_400_000);
    expect(Math.max(...lengths)).toBeLessThan(89);
    expect([all[0]?.since, all.at(-1)?.until]).toEqual(['2007-01-01T00:00:00Z', '2026-11-21T12:00:00Z']);
  });

  it('go back seven days for what comes late, and not before the first one', () => {
    expect(windows('2026-11-20T10:00:00.000Z')).toEqual([
      { since: '2026-11-13T10:00:00Z', until: '2026-11-21T12:00:00Z' },
    ]);
    expect(windows('2026-11-20T10:00:00.000Z', '2026-11-18')[0]?.since).toBe('2026-11-18T00:00:00Z');
  });

  it('of a backfill lie in the past', () => {
    const until = new Date('2026-03-12T00:00:00Z');
    expect(windows('2026-03-10T00:00:00.000Z', '2026-11-18', until)).toEqual([
      { since: '2026-03-10T00:00:00Z', until: '2026-03-12T00:00:00Z' },
    ]);
  });

  it('are read page by page, and each is said to be out', async () => {
    const at = (completed_at: string) => task(completed_at, { completed_at, checked: true });
    const completed = [
      at('2026-11-20T00:00:00Z'),
      at('2026-11-19T00:00:00Z'),
      at('2026-11-18T00:00:00Z'),
      at('2026-01-02T00:00:00Z'),
    ];
    const todoist = await openTodoist({ completed });
    const { records, marks } = await read(todoist, 'completed_tasks', { options: { since: '2026-01-01' } });
    expect(records).toHaveLength(4);
    const ends = windows(null).map(({ until }) => new Date(until).toISOString());
    expect(marks).toEqual(ends.map((through) => ({ through })));
    expect([ends.length, ends[0], ends.at(-1)]).toEqual([4, '2026-03-26T00:00:00.000Z', '2026-11-21T12:00:00.000Z']);
  });
});

describe('what was ticked off', () => {
  const due = { date: '2026-11-19', timezone: null, string: 'every day', lang: 'en', is_recurring: true };
  const ticked = [
    task('daily', { completed_at: '2026-11-20T18:00:00.123456Z', due }),
    task('once', { completed_at: '2026-11-20T09:00:00.000000Z', checked: true }),
    task('daily', { completed_at: '2026-11-19T18:00:00.123456Z', due }),
    task('daily', { completed_at: '2026-01-02T18:00:00.123456Z', due }),
  ];
  const since = { options: { since: '2026-01-01' } };
  const weekAgo = '2026-11-14T12:00:00Z';
  const daily = { ...since, cursor: { through: '2026-11-20T12:00:00.000Z' } };

  it('and comes back is told by the log alone, each time', async () => {
    const todoist = await openTodoist({ completed: ticked });
    const done = await read(todoist, 'completed_tasks', since);
    expect(rowsOf('completed_tasks', done.records).map(({ id }) => id)).toEqual(['once']);
    const { records, marks } = await read(todoist, 'completions', since);
    expect(rowsOf('completions', records).map((row) => [row['task_id'], row['completed_at'], row['due_date']])).toEqual(
      [
        ['daily', '2026-01-02T18:00:00.123456Z', '2026-11-19'],
        ['daily', '2026-11-20T18:00:00.123456Z', '2026-11-19'],
        ['once', '2026-11-20T09:00:00.000000Z', null],
        ['daily', '2026-11-19T18:00:00.123456Z', '2026-11-19'],
      ],
    );
    expect(marks.at(-1)).toEqual({ through: '2026-11-21T12:00:00.000Z' });
  });

  it('is read as far back as the plan keeps it, and what is missing is told', async () => {
    const todoist = await openTodoist({ completed: ticked, logSince: weekAgo });
    const { records, notices, marks } = await read(todoist, 'completions', since);
    expect([records.length, notices.length]).toEqual([3, 1]);
    expect(notices[0]).toContain('before 2026-11-14T13:00:00Z');
    expect(marks.at(-1)).toEqual({ through: '2026-11-21T12:00:00.000Z' });
    // One window was refused, in which everything else was asked for no more.
    expect(todoist.requests).toBe(3);
  });

  it('misses nothing of a short log that is read every day, and says nothing', async () => {
    const todoist = await openTodoist({ completed: ticked, logSince: weekAgo });
    const { records, notices } = await read(todoist, 'completions', daily);
    expect([records.length, notices]).toEqual([3, []]);
  });

  it('is missed where a short log was not read for weeks, and that is told', async () => {
    const todoist = await openTodoist({ completed: ticked, logSince: weekAgo });
    const cursor = { through: '2026-10-20T12:00:00.000Z' };
    expect((await read(todoist, 'completions', { ...since, cursor })).notices).toHaveLength(1);
  });

  it('fails a backfill of what the plan does not keep', async () => {
    const todoist = await openTodoist({ completed: ticked, logSince: weekAgo });
    const backfill = { ...since, cursor: { through: '2026-01-01T00:00:00.000Z' }, until: new Date('2026-02-01') };
    const { failure } = await read(todoist, 'completions', backfill);
    expect(failure).toMatchObject({ kind: 'config', code: 'todoist-plan', hint: expect.stringContaining('week') });
  });

  it('fails where the plan has no log at all', async () => {
    const todoist = await openTodoist({ completed: ticked, logSince: '2027-01-01' });
    expect((await read(todoist, 'completions', daily)).failure).toMatchObject({ code: 'todoist-plan' });
  });

  /** The shape of real events, with a body of its own. */
  const event = (fields: Fields = {}): Fields => ({
    id: 2148846797991822068047640471540859234n,
    object_type: 'item',
    object_id: 'task-1',
    event_type: 'completed',
    event_date: '2026-04-29T17:40:10.391658Z',
    parent_project_id: 'project-1',
    parent_item_id: null,
    initiator_id: 'user-1',
    extra_data_id: null,
    source: 'clickhouse',
    extra_data: {
      client: 'Todoist/1',
      completed_date_source: 'due_date',
      completed_due_date: '2026-04-21T06:59:59Z',
      completed_due_date_local: '2026-04-20T23:59:59',
      content: 'Water the plants',
      due_date: '2026-05-01T06:59:59Z',
      has_time: false,
      is_recurring: true,
      note_count: 1,
      priority: 1,
      was_overdue: true,
    },
    ...fields,
  });

  it('says on which day of the person it was due, and the time where there is one', () => {
    const timed = { completed_due_date_local: '2026-09-29T13:00:00.000000', has_time: true, labels: ['gym'] };
    expect(rowsOf('completions', [event(), event({ extra_data: timed })])).toMatchObject([
      { content: 'Water the plants', due_date: '2026-04-20', due_time: null, was_overdue: true, is_recurring: true },
      { content: null, due_date: '2026-09-29', due_time: '13:00:00', labels: ['gym'], is_recurring: null },
    ]);
  });

  it('takes the time from the event itself where it does not say whether it has one', () => {
    const told = ['2026-09-29T13:00:00', '2026-09-29T23:59:59'].map((completed_due_date_local) =>
      event({ extra_data: { content: 'Gym', completed_due_date_local, is_recurring: true } }),
    );
    expect(rowsOf('completions', told)).toMatchObject([
      { due_date: '2026-09-29', due_time: '13:00:00' },
      { due_date: '2026-09-29', due_time: null },
    ]);
  });

  it('is a row however little the log says of it, and whatever its id is', () => {
    const odd = [
      event({ id: null }),
      event({ id: 2.140292930587728e36 }),
      event({ id: '1' }),
      event({ extra_data: null }),
    ];
    expect(rowsOf('completions', odd)).toHaveLength(4);
  });

  it('is no row where the log says something else', () => {
    expect(rowsOf('completions', [event({ event_type: 'updated' }), event({ object_type: 'project' })])).toEqual([]);
  });
});
