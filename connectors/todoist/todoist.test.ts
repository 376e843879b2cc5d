import type { Http, Stream } from '@tidemill/kit';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { onTrial, type Subject } from '../../test/contracts/connector-trial.ts';
import { type Extracted, extractAll } from '../../test/fakes/extract.ts';
import { clientOf, failureOf } from '../../test/fakes/http-client.ts';
import type { FakeHttp } from '../../test/fakes/http-server.ts';
import { startTodoist, type TodoistContents, type TodoistFake } from '../../test/fakes/todoist.ts';
import type { Fields } from '../../test/fakes/todoist-completed.ts';

import connector from './index.ts';

const NOW = new Date('2026-11-21T12:00:00.789Z');

async function openTodoist(contents: TodoistContents = {}): Promise<TodoistFake> {
  const todoist = await startTodoist();
  onTestFinished(() => todoist.close());
  todoist.publish(contents);
  return todoist;
}

function httpOf({ baseUrl, credentials }: TodoistFake) {
  const { authorize, classify } = connector;
  return clientOf({ url: baseUrl } as FakeHttp, {
    authorize: async () => authorize?.(credentials, undefined) ?? {},
    classify,
  });
}

const streamOf = (name: string) => connector.streams.find((stream) => stream.name === name) as Stream;

interface Asked {
  readonly options?: object;
  readonly cursor?: unknown;
  readonly http?: Http;
}

async function read(todoist: TodoistFake, name: string, asked: Asked = {}): Promise<Extracted> {
  const { http } = httpOf(todoist);
  return extractAll(streamOf(name), { system: { env: {}, cwd: '/' }, now: NOW, http, ...asked });
}

const rowsOf = (name: string, records: readonly unknown[]): Fields[] => {
  const { source, row, toRow } = streamOf(name);
  return records.flatMap((record) => toRow(source.parse(record))).map((made) => row.parse(made) as Fields);
};

const task = (id: string, fields: Fields = {}): Fields => ({
  id,
  content: `Task ${id}`,
  project_id: 'project-1',
  priority: 1,
  checked: false,
  is_deleted: false,
  ...fields,
});

describe('a sync', () => {
  const asked = ({ seen }: TodoistFake): (string | null)[] =>
    seen.map(({ body }) => new URLSearchParams(body).get('sync_token'));

  it('reads everything first, then only whether anything has changed', async () => {
    const todoist = await openTodoist({ tasks: [task('1')], projects: [{ id: 'project-1', name: 'Project' }] });
    const first = await read(todoist, 'tasks');
    expect(first.records).toHaveLength(1);
    const second = await read(todoist, 'tasks', { cursor: first.marks[0] });
    expect(second.isUnchanged).toBe(true);
    const { token } = first.marks[0] as { token: string };
    expect(asked(todoist)).toEqual(['*', token]);
    const types = new URLSearchParams(todoist.seen[0]?.body).get('resource_types');
    expect(types).toBe('["items","projects","sections"]');
  });

  it('takes no notice of what changed elsewhere', async () => {
    const todoist = await openTodoist({ tasks: [task('1')] });
    const { marks } = await read(todoist, 'tasks');
    todoist.publish({ tasks: [task('1')], labels: [{ id: 'label-1', name: 'label' }] });
    expect((await read(todoist, 'tasks', { cursor: marks[0] })).isUnchanged).toBe(true);
  });

  it('reads what changed and nothing else, deletions among it', async () => {
    const tasks = [task('1'), task('2'), task('3'), task('4')];
    const todoist = await openTodoist({ tasks });
    const { marks } = await read(todoist, 'tasks');
    todoist.publish({ tasks: [task('1'), task('2', { content: 'changed' }), task('3', { checked: true })] });
    const { records } = await read(todoist, 'tasks', { cursor: marks[0] });
    const { deletes } = streamOf('tasks');
    expect(records.map((record) => deletes?.(record) ?? (record as Fields)['content'])).toEqual([
      'changed',
      { id: '3' },
      { id: '4' },
    ]);
    expect(asked(todoist)).toHaveLength(2);
  });

  it.each([
    ['archived', { is_archived: true }],
    ['deleted', { is_deleted: true }],
  ])('reads everything when a project was %s: what it took along is not told', async (_, fields) => {
    const project = { id: 'project-1', name: 'Project' };
    const todoist = await openTodoist({ tasks: [task('1')], projects: [project] });
    const { marks } = await read(todoist, 'tasks');
    todoist.publish({ tasks: [], projects: [{ ...project, ...fields }] });
    const { scope, records } = await read(todoist, 'tasks', { cursor: marks[0] });
    expect([scope, records, asked(todoist).at(-1)]).toEqual(['everything', [], '*']);
  });

  it('is content with a full one where the server forgot the token', async () => {
    const todoist = await openTodoist({ tasks: [task('1'), task('2')] });
    const { marks } = await read(todoist, 'tasks');
    todoist.publish({ tasks: [task('2')] });
    todoist.forgetSyncs();
    const { records, scope } = await read(todoist, 'tasks', { cursor: marks[0] });
    expect([records.length, scope]).toEqual([1, 'everything']);
    expect(todoist.requests).toBe(2);
  });

  it('that leaves a collection out deletes nothing: it is no answer', async () => {
    const todoist = await openTodoist();
    const body = '{"sync_token":"t","full_sync":true,"project_notes":[]}';
    todoist.disturb({ after: 0, status: 200, body });
    expect(await failureOf(read(todoist, 'comments'))).toMatchObject({ code: 'schema-mismatch' });
  });

  it('that is not full when everything was asked for is no answer either', async () => {
    const todoist = await openTodoist();
    const gone = '{"sync_token":"t","full_sync":false,"projects":[{"is_deleted":true}]}';
    todoist.disturb({ after: 0, status: 200, body: gone, times: 2 });
    expect(await failureOf(read(todoist, 'tasks'))).toMatchObject({ code: 'todoist-not-full' });
  });

  it('reads comments on tasks and on projects', async () => {
    const posted = { content: 'Yes', posted_at: '2026-11-01T05:07:53.040327Z', file_attachment: null };
    const comments = [
      { id: '1', item_id: 'task-1', ...posted },
      { id: '2', project_id: 'project-1', ...posted },
    ];
    const { records } = await read(await openTodoist({ comments }), 'comments');
    expect(rowsOf('comments', records)).toMatchObject([
      { id: '1', task_id: 'task-1', project_id: null },
      { id: '2', task_id: null, project_id: 'project-1' },
    ]);
  });
});

test('silver forgets what is gone where only a full sync could tell, after a full refresh too', async () => {
  const nothing = { contents: {}, rows: 0 };
  let todoist: TodoistFake | undefined;
  const subject: Subject = {
    module: new URL('./index.ts', import.meta.url),
    connector,
    stream: streamOf('tasks'),
    trial: { first: nothing, later: nothing, malformed: nothing },
    open: async () => {
      todoist = await startTodoist();
      return todoist;
    },
  };
  await onTrial(subject, async (trial) => {
    await trial.publish({ tasks: [task('1'), task('2'), task('3')] });
    await trial.runs();
    await trial.publish({ tasks: [task('2'), task('3')] });
    todoist?.forgetSyncs();
    expect((await trial.runs({ at: 'later' })).totals).toMatchObject({ deleted: 1, unchanged: 2 });
    await trial.publish({ tasks: [task('3')] });
    expect((await trial.runs({ at: 'later', mode: 'full' })).totals).toMatchObject({ deleted: 1, unchanged: 1 });
    await trial.publish({ tasks: [task('3', { checked: true })] });
    expect((await trial.runs({ at: 'later' })).totals.deleted).toBe(1);
    expect(await trial.rows()).toEqual([]);
  });
});

describe('what is left of what was deleted', () => {
  it.each(['tasks', 'projects', 'sections', 'labels', 'comments'])('of %s may be its id alone', (name) => {
    const { source, deletes, toRow } = streamOf(name);
    for (const sign of ['is_deleted', 'is_archived', 'checked']) {
      const record = source.parse({ id: '1', [sign]: true });
      expect([deletes?.(record), toRow(record)]).toEqual([{ id: '1' }, []]);
    }
  });

  it('deletes a row and is not rejected', async () => {
    const nothing = { contents: {}, rows: 0 };
    let todoist: TodoistFake | undefined;
    const subject: Subject = {
      module: new URL('./index.ts', import.meta.url),
      connector,
      stream: streamOf('tasks'),
      trial: { first: nothing, later: nothing, malformed: nothing },
      open: async () => {
        todoist = await startTodoist();
        return todoist;
      },
    };
    await onTrial(subject, async (trial) => {
      await trial.publish({ tasks: [task('1'), task('2')] });
      await trial.runs();
      const body = JSON.stringify({ sync_token: 't', full_sync: false, items: [{ id: '1', is_deleted: true }] });
      todoist?.disturb({ after: 0, status: 200, body });
      expect((await trial.runs({ at: 'later' })).totals).toMatchObject({ deleted: 1, rejected: 0 });
      expect(await trial.rows()).toHaveLength(1);
    });
  });

  it('is not what any other record may be', () => {
    const parsed = streamOf('tasks').source.safeParse({ id: '1', is_deleted: false });
    expect(parsed.error?.issues.map(({ path }) => path)).toContainEqual(['content']);
  });
});

describe('a refusal', () => {
  it('with a wait in the body alone is waited for, POST or not', async () => {
    const todoist = await openTodoist({ tasks: [task('1')] });
    const { http, clock } = httpOf(todoist);
    todoist.disturb({ after: 0, status: 429 });
    expect((await read(todoist, 'tasks', { http })).records).toHaveLength(1);
    expect(clock.slept).toEqual([6000]);
  });

  it('with a wait in the header waits that long', async () => {
    const todoist = await openTodoist();
    const { http, clock } = httpOf(todoist);
    todoist.disturb({ after: 0, status: 429, headers: { 'retry-after': '9' } });
    await read(todoist, 'labels', { http });
    expect(clock.slept).toEqual([9000]);
  });

  it.each([
    [401, 'AUTH_INVALID_TOKEN'],
    [403, 'AUTH_INVALID_TOKEN'],
    [401, 'UNAUTHORIZED'],
  ])('of the token with %i %s is no wait, though it names one', async (status, tag) => {
    const todoist = await openTodoist();
    const { http, clock } = httpOf(todoist);
    todoist.refuseWith({ status, tag, retryAfter: 4 });
    todoist.revokeTokens();
    const failure = await failureOf(read(todoist, 'tasks', { http }));
    expect(failure).toMatchObject({
      kind: 'auth',
      code: 'todoist-token',
      hint: expect.stringContaining('tidemill auth'),
    });
    expect([todoist.requests, clock.slept]).toEqual([1, []]);
  });

  it('of an old version of the API names what to change', async () => {
    const todoist = await openTodoist();
    const { http } = clientOf({ url: new URL('/sync/v9', todoist.baseUrl).href } as FakeHttp, {
      classify: connector.classify,
    });
    const expected = {
      kind: 'source-changed',
      code: 'todoist-version-gone',
      hint: expect.stringContaining('base_url'),
    };
    expect(await failureOf(read(todoist, 'tasks', { http }))).toMatchObject(expected);
  });

  it('for too many full syncs comes from the service, too', async () => {
    const todoist = await openTodoist();
    for (let run = 0; run < 100; run += 1) await read(todoist, 'labels');
    expect(await failureOf(read(todoist, 'labels'))).toMatchObject({ kind: 'quota', code: 'http-rate-limited' });
  });
});

describe('what a row says', () => {
  it.each([
    [null, { due_date: null, due_at: null, due_time: null, is_recurring: false }],
    [{ date: '2026-09-01' }, { due_date: '2026-09-01', due_at: null, due_time: null }],
    [{ date: '2026-09-01T12:00:00' }, { due_date: '2026-09-01', due_at: null, due_time: '12:00:00' }],
    [{ date: '2026-09-01T12:00:00.000000' }, { due_date: '2026-09-01', due_at: null, due_time: '12:00:00' }],
    [{ date: '2026-09-01T12:30' }, { due_date: '2026-09-01', due_at: null, due_time: '12:30:00' }],
    [
      { date: '2026-12-25T03:00:00+00:00', timezone: 'America/Vancouver' },
      { due_date: '2026-12-24', due_at: '2026-12-25T03:00:00+00:00', due_time: null },
    ],
    // In Vancouver it is still the day before, on Kiritimati already the day after.
    [
      { date: '2026-12-25T03:00:00Z', timezone: 'America/Vancouver' },
      { due_date: '2026-12-24', due_at: '2026-12-25T03:00:00Z', due_time: null },
    ],
    [
      { date: '2026-12-24T10:00:00.000000Z', timezone: 'Pacific/Kiritimati' },
      { due_date: '2026-12-25', due_at: '2026-12-24T10:00:00.000000Z', due_time: null },
    ],
    [{ date: '2026-12-25T03:00:00Z', timezone: 'UTC-08:00' }, { due_date: '2026-12-24' }],
    [{ date: '2026-12-25T03:00:00Z', timezone: null }, { due_date: '2026-12-25' }],
    [
      { date: '2026-12-25T03:00:00Z', timezone: 'Local' },
      { due_date: null, due_at: '2026-12-25T03:00:00Z' },
    ],
    [
      { date: '2026-09-01T09:00:00Z', timezone: 'Europe/Moscow', is_recurring: true },
      {
        due_date: '2026-09-01',
        due_at: '2026-09-01T09:00:00Z',
        due_time: null,
        due_timezone: 'Europe/Moscow',
        is_recurring: true,
      },
    ],
  ])('of a task that is due %j', (due, columns) => {
    expect(rowsOf('tasks', [task('1', { due })])).toMatchObject([columns]);
  });

  it('of a label, by the old name of its place or the new one', () => {
    const label = { id: '1', name: 'label' };
    expect(
      rowsOf('labels', [
        { ...label, order: 3 },
        { ...label, item_order: 4 },
      ]),
    ).toMatchObject([{ position: 3 }, { position: 4 }]);
  });
});

test('who is signed in is told by name', async () => {
  expect(await connector.whoami?.(httpOf(await openTodoist()).http)).toBe('User One');
});

describe('the service on loopback', () => {
  const done = '/tasks/completed/by_completion_date';
  const span = 'since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z';

  it.each([
    [`${done}?${span}&limit=200`, 200],
    [`${done}?${span}&limit=201`, 400],
    [`${done}?${span}&after=1`, 400],
    [`${done}?since=2026-01-01T00:00:00Z`, 400],
    [`${done}?since=2026-01-01T00:00:00Z&until=2026-04-02T00:00:00Z`, 400],
    ['/activities?object_event_types=["item:completed"]&limit=100', 200],
    ['/activities?object_event_types=["item:completed"]&limit=101', 400],
    ['/activities?since=2026-01-01T00:00:00Z', 400],
    ['/comments', 400],
    ['/sync', 405],
  ])('answers GET %s with %i, as Todoist does', async (path, status) => {
    const { baseUrl, credentials } = await openTodoist();
    const headers = { authorization: `Bearer ${credentials['TODOIST_API_TOKEN']}` };
    expect((await fetch(`${baseUrl}${path}`, { headers })).status).toBe(status);
  });

  it.each([
    ['sync_token=*&resource_types=["labels"]', 200],
    ['sync_token=*&resource_types=["tasks"]', 400],
    ['sync_token=*&resource_types=labels', 400],
    ['resource_types=["labels"]', 400],
    ['sync_token=*&resource_types=["labels"]&limit=5', 400],
  ])('answers a sync with %s with %i', async (form, status) => {
    const { baseUrl, credentials } = await openTodoist();
    const headers = { authorization: `Bearer ${credentials['TODOIST_API_TOKEN']}` };
    const answer = await fetch(`${baseUrl}/sync`, { method: 'POST', headers, body: new URLSearchParams(form) });
    expect(answer.status).toBe(status);
  });
});
