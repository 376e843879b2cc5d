/** Which days are asked for, what becomes of those that are not ready, and what else uma-export may answer. */
import { isoDate } from '@tidemill/kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { Reply } from '../../test/fakes/http-server.ts';
import { type Given, readService } from '../../test/fakes/read-service.ts';
import { startUmaExport, type UmaContents } from '../../test/fakes/uma-export.ts';
import chromiumUma from './index.ts';
import { tokens } from './tokens.ts';

const READY = { r: { 1: { rate: 0.5 } } };
const GUARD = ")]}' // XSSI prefix (go/xssi).\n";

/** A source with these days. */
async function source(contents: UmaContents) {
  const fake = await startUmaExport();
  onTestFinished(() => fake.close());
  fake.publish(contents);
  const read = async (given: Given = {}) => {
    const before = fake.days.length;
    if (given.clock !== undefined) fake.setTime(given.clock.now());
    const kept: string[] = [];
    let unchanged = '';
    const reading = await readService(chromiumUma, 'feature_use', fake, {
      ...given,
      onEmission: (emission) => {
        if ('artifact' in emission) kept.push(emission.name);
        if ('unchanged' in emission) unchanged = emission.unchanged;
      },
    });
    return { ...reading, kept, unchanged, asked: fake.days.slice(before).sort() };
  };
  return { fake, read };
}

const at = (now: string): Given => ({ clock: fakeClock(now) });
const WINDOW = ['20261116', '20261117', '20261118', '20261119', '20261120'];

describe('a run', () => {
  it('asks for the last five days that it does not have, and marks each that it gets', async () => {
    const { fake, read } = await source({ 20261116: READY, 20261118: READY });
    const one = await read();
    expect(one.asked).toEqual(WINDOW);
    expect(one.kept).toEqual(['usecounter.webdxfeatures-2026-11-16.txt', 'usecounter.webdxfeatures-2026-11-18.txt']);
    expect(one.marks).toEqual([
      { from: '2026-11-16', capped: ['2026-11-16'] },
      { from: '2026-11-16', capped: ['2026-11-16', '2026-11-18'] },
    ]);
    expect(one.notices).toEqual([
      'not ready yet, and asked for again by the next run: 2026-11-17, 2026-11-19, 2026-11-20',
    ]);
    fake.publish({ 20261117: READY });
    const cursor = one.marks.at(-1);
    const two = await read({ cursor });
    expect([two.asked, two.kept.length]).toEqual([['20261117', '20261119', '20261120'], 1]);
    fake.publish({});
    const three = await read({ cursor: two.marks.at(-1) });
    expect([three.asked, three.marks, three.unchanged]).toEqual([
      ['20261119', '20261120'],
      [],
      'no further day is ready',
    ]);
  });

  it('asks for nothing when it has every day', async () => {
    const { read } = await source({});
    const capped = WINDOW.map((day) => isoDate(day.replace(/(....)(..)(..)/, '$1-$2-$3')));
    const all = await read({ cursor: { from: '2026-11-16', capped } });
    expect([all.asked, all.marks, all.notices, all.unchanged]).toEqual([[], [], [], 'no further day is ready']);
  });

  it('gives up a day that is too old, tells it once, and says how to ask for it again', async () => {
    const { read } = await source({});
    const cursor = { from: '2026-11-16', capped: ['2026-11-16', '2026-11-18'] };
    const one = await read({ ...at('2026-11-24T06:00:00Z'), cursor });
    expect(one.asked).toEqual(['20261117', '20261119', '20261120', '20261121', '20261122', '20261123']);
    expect(one.notices).toEqual([
      'still not ready, given up, and so without rows: 2026-11-17. `npx tidemill backfill JOB --from 2026-11-17T00:00:00Z --to 2026-11-18T00:00:00Z` asks for it once more',
      'not ready yet, and asked for again by the next run: 2026-11-19, 2026-11-20, 2026-11-21, 2026-11-22, 2026-11-23',
    ]);
    const two = await read({ ...at('2026-11-24T12:00:00Z'), cursor: one.marks.at(-1) });
    expect(two.notices).toEqual([expect.stringMatching(/^not ready yet/)]);
    expect(two.asked[0]).toBe('20261119');
  });

  it('tells of it also where another day fails', async () => {
    const { read } = await source({ 20261115: 'none' });
    const { failure, marks, notices } = await read({ cursor: { from: '2026-11-14', capped: [] } });
    expect([failure?.code, marks.at(-1)]).toEqual(['uma-answer', { from: '2026-11-15', capped: [] }]);
    expect(notices).toEqual([expect.stringContaining('without rows: 2026-11-14')]);
  });

  it('asks for the days of a pause as well', async () => {
    const { read } = await source({ 20261103: READY, 20261119: READY });
    const cursor = { from: '2026-11-01', capped: ['2026-11-01', '2026-11-02'] };
    const { asked, kept, marks } = await read({ cursor });
    expect([asked.length, asked[0], kept.length]).toEqual([18, '20261103', 2]);
    expect(marks.at(-1)).toEqual({ from: '2026-11-16', capped: ['2026-11-19'] });
  });

  it('by a clock that is behind forgets no day that is settled', async () => {
    const { read } = await source({ 20261119: READY });
    const one = await read({ cursor: { from: '2026-11-18', capped: ['2026-11-18'] } });
    expect(one.marks).toEqual([{ from: '2026-11-18', capped: ['2026-11-18', '2026-11-19'] }]);
    const two = await read({ ...at('2026-11-22T06:00:00Z'), cursor: one.marks.at(-1) });
    expect(two.asked).toEqual(['20261120', '20261121']);
  });

  it('of a backfill asks for the days that begin in it, and for none twice', async () => {
    const { read } = await source({ 20260102: READY });
    const slice = (start: string, end: string, cursor?: unknown): Given => ({
      cursor: cursor ?? chromiumUma.streams[0]?.cursor?.at?.(new Date(start)),
      backfill: { start: new Date(start), end: new Date(end) },
    });
    const { asked, marks, notices } = await read(slice('2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'));
    expect(asked).toEqual(['20260101', '20260102']);
    expect(marks.at(-1)).toEqual({ from: '2026-01-03', capped: [] });
    expect(notices).toEqual(['not ready, and so without rows: 2026-01-01']);
    const half = { from: '2026-01-02', capped: ['2026-01-02'] };
    expect((await read(slice('2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z', half))).asked).toEqual(['20260103']);
    const hours = ['00:00', '03:00', '09:00', '15:00', '21:00'].map((hour) => `2026-01-02T${hour}:00Z`);
    const slices = hours.slice(1).map((end, index) => read(slice(hours[index] ?? '', end)));
    expect((await Promise.all(slices)).map(({ marks }) => marks.length)).toEqual([1, 0, 0, 0]);
    // Today is not over.
    expect((await read(slice('2026-11-20T00:00:00Z', '2026-11-21T05:00:00Z'))).asked).toEqual(['20261120']);
  });
});

describe('a day that is answered otherwise', () => {
  it.each<[string, string, string]>([
    ['a page', '<!doctype html>\n<title>Sign in</title>', 'does not begin with )]}'],
    ['data without the first line', JSON.stringify(READY), 'does not begin with )]}'],
    ['one line', `${GUARD.trim()} ${JSON.stringify(READY)}`, 'does not begin with )]}'],
    ['half of its data', `${GUARD}{"r":{"1":{"rate":0.5`, 'not JSON in UTF-8'],
    ['a bucket that is no number', `${GUARD}{"r":{"abc":{"rate":0.5},"1":{"rate":1}}}`, 'another shape at r.abc'],
    ['a list', `${GUARD}{"r":[]}`, 'another shape at r'],
  ])('fails as %s, stops no other, and is asked for again', async (_, body, why) => {
    const { read } = await source({ 20261116: body, 20261117: READY, 20261120: READY });
    const { failure, kept, marks } = await read();
    expect(failure).toMatchObject({
      kind: 'source-changed',
      code: 'uma-answer',
      message: expect.stringContaining(why),
    });
    expect(kept).toHaveLength(2);
    const { asked } = await read({ ...at('2026-11-27T06:00:00Z'), cursor: marks.at(-1) });
    expect(asked[0]).toBe('20261116');
  });

  it.each<[string, object]>([
    ['no field', {}],
    ['null', { r: null }],
    ['nothing in it', { r: {} }],
    ['a message beside the data', { ...READY, e: 'still counting' }],
  ])('is not ready with %s', async (_, answer) => {
    const { read } = await source({ 20261120: answer });
    const { failure, kept, notices } = await read();
    expect([failure, kept]).toEqual([undefined, []]);
    expect(notices.join()).toContain('2026-11-20');
    expect(notices.join()).not.toContain('still counting');
  });

  it.each<[string, Reply]>([
    [
      'a redirect to where people sign in',
      { status: 302, headers: { location: 'https://accounts.google.com/signin' } },
    ],
    ['403', { status: 403, body: 'Forbidden' }],
    ['401', { status: 401, body: 'Unauthorized' }],
  ])('with %s is for a person', async (_, reply) => {
    const { fake, read } = await source({ 20261116: READY });
    fake.answerAll(reply);
    const { failure, marks } = await read();
    expect([failure?.kind, failure?.code, marks]).toEqual(['auth', 'uma-not-let-in', []]);
    expect(failure?.hint).toContain('npx tidemill auth chromium_uma');
    expect(failure?.request?.url).toContain('usecounter.webdxfeatures?date=…');
  });
});

describe('the key', () => {
  const refused = async (change: (file: Record<string, string>) => object | string) => {
    const fake = await startUmaExport();
    onTestFinished(() => fake.close());
    const [key = ''] = Object.values(fake.credentials);
    const changed = change(JSON.parse(Buffer.from(key, 'base64').toString()));
    const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
    const credentials = { [tokens.seed]: text };
    return (await readService(chromiumUma, 'feature_use', { ...fake, credentials })).failure;
  };

  it('may be JSON on one line', async () => {
    expect(await refused((file) => file)).toBeUndefined();
  });

  it.each<[string, string, (file: Record<string, string>) => object | string]>([
    ['several lines', 'uma-key-lines', (file) => JSON.stringify(file, undefined, 2)],
    ['no JSON', 'uma-key', () => 'a key'],
    ['another file', 'uma-key', () => ({ type: 'authorized_user' })],
    ['half of a key', 'uma-key', (file) => ({ ...file, private_key: file['private_key']?.slice(0, 300) })],
    [
      'a key for another endpoint',
      'oauth-grant',
      (file) => ({ ...file, token_uri: 'https://elsewhere.example/token' }),
    ],
    ['a key of another account', 'oauth-grant', (file) => ({ ...file, client_email: 'other@example.org' })],
  ])('is refused as %s', async (_, code, change) => {
    const failure = await refused(change);
    expect(failure?.code).toBe(code);
    expect(`${failure?.message}${failure?.hint}`).not.toMatch(/[A-Za-z0-9+/]{40}/);
  });
});
