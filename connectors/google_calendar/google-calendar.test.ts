import { describe, expect, it, test } from 'vitest';
import { onTrial, type Subject, type Trial } from '../../test/contracts/connector-trial.ts';
import { extractAll } from '../../test/fakes/extract.ts';
import { type CalendarFake, type FakeEvent, startGoogleCalendar } from '../../test/fakes/google-calendar.ts';
import { clientOf, failureOf as failureIn, fakeSource } from '../../test/fakes/http-client.ts';
import connector from './index.ts';
import { calendars, events } from './streams.ts';

const event = (id: string, day = 20, fields: object = {}): FakeEvent => ({
  id,
  status: 'confirmed',
  start: { dateTime: `2026-11-${day}T10:00:00Z` },
  end: { dateTime: `2026-11-${day}T11:00:00Z` },
  ...fields,
});

const accountOf = (own: readonly FakeEvent[], shared: readonly FakeEvent[] = []) => ({
  calendars: [],
  events: { primary: own, shared },
});

interface Scene {
  readonly trial: Trial;
  readonly source: CalendarFake;
}

/** An account with these calendars, and the job's options, which the test may change between two runs. */
async function withAccount(options: Record<string, unknown>, check: (scene: Scene) => Promise<void>): Promise<void> {
  let source: CalendarFake | undefined;
  const open = async (): Promise<CalendarFake> => {
    source = await startGoogleCalendar();
    return source;
  };
  const trial = { options, first: NOTHING, later: NOTHING, malformed: NOTHING };
  const subject = { module: new URL('./index.ts', import.meta.url), connector, stream: events, trial, open };
  await onTrial(subject as unknown as Subject, (trial) => check({ trial, source: source as CalendarFake }));
}

const kind = 'calendar#events';
const NOTHING = { contents: accountOf([]), rows: 0 };

const idsIn = async (trial: Trial): Promise<string[]> => {
  const { rows } = await trial.query('SELECT id FROM google_calendar.events ORDER BY id');
  return rows.map(([id]) => id ?? '');
};

const failureOf = async ({ trial }: Scene) => (await trial.run()).failure;

describe('events', () => {
  it('asks for changes only, with the parameters it began with', () =>
    withAccount({}, async ({ trial, source }) => {
      await trial.publish(accountOf([event('one')]));
      await trial.runs();
      await trial.runs({ at: 'later' });
      const [first, second] = source.seen.map(({ query }) => query);
      expect(first).toEqual({ singleEvents: 'true', maxResults: '2500' });
      expect(second).toEqual({ ...first, syncToken: expect.any(String) });
    }));

  it('reads everything when the sync token is too old, and deletes what is gone', () =>
    withAccount({ calendars: ['primary', 'shared'] }, async ({ trial, source }) => {
      await trial.publish(accountOf([event('one'), event('two'), event('three')], [event('four')]));
      await trial.runs();
      source.forgetSyncs();
      await trial.publish(accountOf([event('two'), event('three'), event('five')], []));
      const { totals, notices } = await trial.runs({ at: 'later' });
      expect(await idsIn(trial)).toEqual(['five', 'three', 'two']);
      expect(totals).toMatchObject({ inserted: 1, unchanged: 2, deleted: 2 });
      expect(notices).toEqual(['a sync token was too old: everything was read']);
      await trial.publish(accountOf([event('two')], []));
      await trial.runs({ at: 'later' });
      expect(await idsIn(trial), 'and follows the changes from then on').toEqual(['two']);
    }));

  it('reads everything when the options change, and deletes what they do not name any more', async () => {
    const options: Record<string, unknown> = { calendars: ['primary', 'shared'] };
    await withAccount(options, async ({ trial }) => {
      await trial.publish(
        accountOf([event('one'), event('two', 21, { recurrence: ['RRULE:FREQ=DAILY'] })], [event('four')]),
      );
      await trial.runs();
      expect(await idsIn(trial)).toEqual(['four', 'one']);
      options['calendars'] = ['primary'];
      await trial.runs({ at: 'later' });
      expect(await idsIn(trial)).toEqual(['one']);
      options['single_events'] = false;
      await trial.runs({ at: 'later' });
      expect(await idsIn(trial)).toEqual(['one', 'two']);
    });
  });

  it('follows the changes on though one of them does not fit', () =>
    withAccount({}, async ({ trial }) => {
      await trial.publish(accountOf([event('one')]));
      await trial.runs();
      const odd = event('odd1', 20, { summary: 'no start', start: undefined, end: undefined });
      await trial.publish(accountOf([event('one'), odd]));
      const { rejects, gates } = await trial.runs({ at: 'later' });
      expect([rejects, gates]).toEqual([['event.start: expected object (1×)'], []]);
      await trial.publish(accountOf([event('one'), odd, event('two')]));
      await trial.runs({ at: 'later' });
      expect(await idsIn(trial)).toEqual(['one', 'two']);
    }));

  describe('of a series', () => {
    const series = event('gym', 20, { recurrence: ['RRULE:FREQ=DAILY'] });
    const on = (day: number, fields: object = {}): FakeEvent =>
      event(`gym_${day}`, day, {
        recurringEventId: 'gym',
        originalStartTime: { dateTime: `2026-11-${day}T10:00:00Z` },
        ...fields,
      });
    const moved = on(22, { start: { dateTime: '2026-11-22T18:00:00Z' }, end: { dateTime: '2026-11-22T19:00:00Z' } });
    /** All that Google promises of it. */
    const cancelled = ({ id, recurringEventId, originalStartTime }: FakeEvent): FakeEvent => ({
      id,
      status: 'cancelled',
      recurringEventId,
      originalStartTime,
    });
    const rowsIn = async (trial: Trial) =>
      (
        await trial.query(
          'SELECT id, status, starts_at, original_starts_at, original_start_date, is_busy FROM google_calendar.events ORDER BY id',
        )
      ).rows;
    const gym = ['gym', 'confirmed', '2026-11-20T10:00:00Z', null, null, 'true'];
    const gym22 = ['gym_22', 'confirmed', '2026-11-22T18:00:00Z', '2026-11-22T10:00:00Z', null, 'true'];
    const gym23 = ['gym_23', 'cancelled', null, '2026-11-23T10:00:00Z', null, 'false'];

    it('keeps what was moved and cancelled beside the rule', () =>
      withAccount({ single_events: false }, async ({ trial }) => {
        await trial.publish(accountOf([series, on(21), moved, cancelled(on(23))]));
        await trial.runs();
        expect(await rowsIn(trial)).toEqual([gym, gym22, gym23]);
      }));

    it('is told what is cancelled later: an occurrence is a row, an event that is no occurrence is deleted', () =>
      withAccount({ single_events: false }, async ({ trial }) => {
        const allDay = cancelled({ ...on(24), originalStartTime: { date: '2026-11-24' } });
        await trial.publish(accountOf([series, moved, event('lunch')]));
        await trial.runs();
        await trial.publish(accountOf([series, cancelled(moved), cancelled(on(23)), allDay]));
        expect((await trial.runs({ at: 'later' })).totals).toMatchObject({ inserted: 2, updated: 1, deleted: 1 });
        const gone = ['gym_22', 'cancelled', null, '2026-11-22T10:00:00Z', null, 'false'];
        expect(await rowsIn(trial)).toEqual([
          gym,
          gone,
          gym23,
          ['gym_24', 'cancelled', null, null, '2026-11-24', 'false'],
        ]);
        await trial.publish(accountOf([series, moved]));
        await trial.runs({ at: 'later', mode: 'full' });
        expect(await rowsIn(trial)).toEqual([gym, gym22]);
      }));

    it('reads from its id what a cancelled occurrence is one of, if no more is said of it', () =>
      withAccount({ single_events: false }, async ({ trial }) => {
        const sparse = (id: string): FakeEvent => ({ id, status: 'cancelled' });
        const split = event('gym_R20261201T100000', 20, { recurrence: ['RRULE:FREQ=DAILY'] });
        await trial.publish(accountOf([series, split, event('lunch')]));
        await trial.runs();
        const told = ['gym_20261125T100000Z', 'gym_20261126', 'gym_R20261201T100000', 'lunch'].map(sparse);
        await trial.publish(accountOf([series, ...told]));
        expect((await trial.runs({ at: 'later' })).totals).toMatchObject({ inserted: 2, deleted: 2, rejected: 0 });
        const gone = (id: string, instant: string | null, day: string | null) => [
          id,
          'cancelled',
          null,
          instant,
          day,
          'false',
        ];
        expect(await rowsIn(trial)).toEqual([
          gym,
          gone('gym_20261125T100000Z', '2026-11-25T10:00:00Z', null),
          gone('gym_20261126', null, '2026-11-26'),
        ]);
        const { rows } = await trial.query(
          "SELECT DISTINCT series_id FROM google_calendar.events WHERE status = 'cancelled'",
        );
        expect(rows).toEqual([['gym']]);
      }));

    it('has rows for the occurrences that take place, and no other, where each is one', () =>
      withAccount({}, async ({ trial, source }) => {
        await trial.publish(accountOf([series, on(21), moved, on(23), cancelled(on(24))]));
        await trial.runs();
        expect(await idsIn(trial)).toEqual(['gym_21', 'gym_22', 'gym_23']);
        await trial.publish(accountOf([series, on(21), cancelled(moved), cancelled(on(23)), cancelled(on(24))]));
        await trial.runs({ at: 'later' });
        expect(await idsIn(trial)).toEqual(['gym_21']);
        source.forgetSyncs();
        expect((await trial.runs({ at: 'later' })).totals, 'as a list of everything has it').toMatchObject({
          deleted: 0,
        });
      }));

    it('is read anew where cancelled occurrences were no rows before', async () => {
      const server = await fakeSource();
      const items = [series, cancelled(on(23))];
      server.expect('GET /calendar/v3/calendars/primary/events?singleEvents=false&maxResults=2500', {
        json: { kind, items, nextSyncToken: 's2' },
      });
      const { http } = clientOf(server);
      const cursor = { tokens: { primary: 's1' }, settings: 'single_events=false' };
      const given = { http, cursor, options: { single_events: false }, system: { env: {}, cwd: '/' } };
      expect((await extractAll(events, given)).records).toHaveLength(2);
    });
  });

  it('takes an event that was made in the year 0 for one of which nobody knows when', () =>
    withAccount({}, async ({ trial }) => {
      await trial.publish(accountOf([event('old', 20, { created: '0000-12-31T00:00:00.000Z' })]));
      await trial.runs();
      expect((await trial.query('SELECT created_at FROM google_calendar.events')).rows).toEqual([[null]]);
    }));

  it('says who must act when Google refuses', () =>
    withAccount({}, async (scene) => {
      const { trial, source } = scene;
      await trial.publish(accountOf([event('one')]));
      const refuse = (status: number, reason: string, times = 9): void => {
        const body = JSON.stringify({ error: { code: status, errors: [{ domain: 'global', reason }] } });
        source.disturb({ after: 0, status, body, times });
      };
      refuse(403, 'quotaExceeded');
      expect(await failureOf(scene)).toMatchObject({ kind: 'quota', code: 'google-quota' });
      refuse(403, 'insufficientPermissions');
      expect(await failureOf(scene)).toMatchObject({
        kind: 'auth',
        code: 'google-scope',
        hint: 'Sign in again, and leave the boxes ticked: npx tidemill auth google_calendar',
      });
      refuse(403, 'forbidden');
      expect(await failureOf(scene)).toMatchObject({ kind: 'auth', code: 'google-forbidden' });
      refuse(403, 'accessNotConfigured');
      expect(await failureOf(scene)).toMatchObject({ kind: 'config', code: 'google-disabled' });
      refuse(404, 'notFound');
      expect(await failureOf(scene)).toMatchObject({ kind: 'config', code: 'google-not-found' });
      refuse(403, 'userRateLimitExceeded', 2);
      await trial.runs();
      expect(await idsIn(trial)).toEqual(['one']);
    }));

  it('says of a refresh token that died how long Google lets one live', () =>
    withAccount({}, async (scene) => {
      scene.source.revokeTokens();
      const hint = expect.stringMatching(/^Sign in again: npx tidemill auth google_calendar\..*seven days/);
      expect(await failureOf(scene)).toMatchObject({ kind: 'auth', code: 'token-refused', hint });
    }));

  it('stops when a list ends without a token for the next sync', () =>
    withAccount({}, async (scene) => {
      scene.source.disturb({ after: 0, status: 200, body: JSON.stringify({ kind, items: [event('one')] }) });
      expect(await failureOf(scene)).toMatchObject({ kind: 'source-changed', code: 'google-no-sync-token' });
    }));

  it('stops when a page token comes again', () =>
    withAccount({}, async (scene) => {
      scene.source.disturb({ after: 0, status: 200, body: JSON.stringify({ kind, nextPageToken: 'again' }), times: 9 });
      expect(await failureOf(scene)).toMatchObject({ kind: 'source-changed', code: 'paging-loop' });
    }));

  it('stops at an answer that is no list', () =>
    withAccount({}, async (scene) => {
      scene.source.disturb({ after: 0, status: 200, body: '{"error":"x","nextSyncToken":"s"}' });
      expect(await failureOf(scene)).toMatchObject({ kind: 'source-changed', code: 'schema-mismatch' });
    }));

  it('names no calendar outside of its records: an id is an e-mail address', () =>
    withAccount({ calendars: ['somebody@example.org'] }, async (scene) => {
      const { trial, source } = scene;
      await trial.publish({ calendars: [], events: { 'somebody@example.org': [event('one')] } });
      source.disturb({ after: 0, status: 500, times: 9 });
      const { failure, ...result } = await trial.run();
      expect(JSON.stringify([failure, result])).toContain('/calendars/ID/events');
      await trial.runs();
      const told = [...(await trial.objects())].filter(([key]) => key.endsWith('manifest.json'));
      const urls = told.flatMap(([, text]) => text.match(/https?:[^"]*/g) ?? []);
      expect(urls.join()).toContain('/calendars/ID/events');
      expect(`${JSON.stringify([failure, result])} ${urls}`).not.toMatch(/somebody/);
    }));

  it('keeps integers beyond 2^53 as they came', () =>
    withAccount({}, async ({ trial, source }) => {
      const body =
        '{"kind":"calendar#events","items":[{"id":"one","status":"cancelled","sequence":12345678901234567890}],"nextSyncToken":"s"}';
      source.disturb({ after: 0, status: 200, body });
      await trial.runs();
      const bronze = [...(await trial.objects())].filter(([key]) => key.endsWith('.ndjson.gz')).map(([, text]) => text);
      expect(bronze.join()).toContain('12345678901234567890');
    }));

  it('reads the events of a span in a backfill, and marks nothing', async () => {
    const server = await fakeSource();
    const at = (minute: string): string => `2026-11-18T00:${minute}:00.000Z`;
    const span = new URLSearchParams({ timeMin: at('00'), timeMax: at('30') });
    server.expect(`GET /calendar/v3/calendars/primary/events?singleEvents=true&maxResults=2500&${span}`, {
      json: { kind, items: [event('within')], nextSyncToken: 'not wanted' },
    });
    const { http } = clientOf(server);
    const given = { http, cursor: events.cursor?.at?.(new Date(at('00'))), until: new Date(at('30')) };
    const { records, marks } = await extractAll(events, { ...given, system: { env: {}, cwd: '/' } });
    expect(records).toEqual([{ calendar: 'primary', single_events: true, event: event('within') }]);
    expect(marks).toEqual([]);
  });
});

test('calendars are not deleted by an answer that is no list', async () => {
  const server = await fakeSource();
  server.expect('GET /calendar/v3/users/me/calendarList?maxResults=250&showHidden=true', { json: { error: 'x' } });
  const { http } = clientOf(server);
  const reading = extractAll(calendars, { http, system: { env: {}, cwd: '/' } });
  expect(await failureIn(reading)).toMatchObject({ kind: 'source-changed', code: 'schema-mismatch' });
});
