import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventsSubject, eventsContract, type Mood } from '../../../test/contracts/events.ts';
import { eventsOf } from '../../../test/contracts/events-check.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { Reply } from '../../../test/fakes/http-server.ts';
import { type LineageCollector, startCollector } from '../../../test/fakes/lineage-collector.ts';
import { completed, failed, started } from '../../../test/fixtures/run-events.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { readText } from '../../storage/text.ts';
import type { EventSink } from '../contract.ts';
import type { PublishedEvent } from '../published/envelope.ts';
import openLineage from './driver.ts';
import { type RunEvent, runEventOf } from './run-event.ts';

const KEY = 'open sesame';
const nowhere = openLocalBucket('/nowhere');

type Env = Readonly<Record<string, string>>;

const open = (location: string, env: Env = {}, bucket: Bucket = nowhere): EventSink =>
  openLineage({ location, env, bucket, clock: fakeClock(), random: () => 0 });

/** Ends of runs, one a second, each with a failure that says what is to be said. */
const ends: typeof eventsOf = (count, from = 1, data = {}) =>
  Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const failure = { kind: 'bug', code: 'made-up', message: JSON.stringify(data), who: 'nobody' };
    return failed({ run: `run-${n}`, failure }, new Date(Date.UTC(2026, 10, 21, 6, 0, n)).toISOString());
  });

/** A subject that is told run events: what it has is what they were made of. */
function ofEnds(opened: () => EventSink, told: () => Promise<readonly unknown[]>) {
  const sent: PublishedEvent[] = [];
  return {
    made: ends,
    open(): EventSink {
      const sink = opened();
      return {
        ...sink,
        send: (events, sending) => {
          sent.push(...events);
          return sink.send(events, sending);
        },
      };
    },
    received: async () =>
      (await told()).map((body) => {
        const event = sent.find((one) => isDeepStrictEqual(runEventOf(one), body));
        return event ?? assert.fail('it has what nobody has sent');
      }),
  } satisfies Partial<EventsSubject>;
}

eventsContract('a collector of OpenLineage events', async () => {
  const collector = await startCollector({ key: KEY, path: '/t0ken' });
  return {
    ...ofEnds(
      () => open(`openlineage+${collector.url}/t0ken`, { OPENLINEAGE_API_KEY: KEY }),
      async () => collector.events,
    ),
    async let(mood) {
      collector.mood = mood;
    },
    secrets: ['t0ken', KEY],
    [Symbol.asyncDispose]: () => collector.http.close(),
  };
});

/** A bucket whose writes go as its receiver feels. */
function moody(bucket: Bucket, moodOf: () => Mood, feels: (mood: Mood) => void): Bucket {
  return {
    ...bucket,
    async write(key, body, options) {
      const mood = moodOf();
      if (mood !== 'well') {
        if (mood.takes === 0) {
          throw new TidemillError(mood.after === 'fails' ? 'transient' : 'auth', 'moody', 'no', { hint: 'Ask.' });
        }
        feels({ ...mood, takes: mood.takes - 1 });
      }
      return bucket.write(key, body, options);
    },
  };
}

async function objectsIn(bucket: Bucket): Promise<unknown[]> {
  const keys = await Array.fromAsync(bucket.list('lineage/'), ({ key }) => key);
  return Promise.all(keys.map(async (key) => JSON.parse((await readText(bucket, key))?.text ?? '')));
}

eventsContract('the bucket, for OpenLineage events', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-lineage-'));
  const bucket = openLocalBucket(folder);
  let mood: Mood = 'well';
  const felt = moody(
    bucket,
    () => mood,
    (next) => {
      mood = next;
    },
  );
  return {
    ...ofEnds(
      () => open('openlineage', {}, felt),
      () => objectsIn(bucket),
    ),
    async let(next) {
      mood = next;
    },
    secrets: [],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});

const sending = () => ({ taken: () => undefined, signal: new AbortController().signal });

describe('the bucket', () => {
  it('has an object for each event, in the order of a listing, and one that comes again once', async () => {
    const bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-lineage-')));
    const sink = open('openlineage', {}, bucket);
    const events = [started(), completed({}, started().time)];
    await sink.send(events, sending());
    await sink.send(events, sending());
    const keys = await Array.fromAsync(bucket.list(''), ({ key }) => key);
    const { runId } = (runEventOf(started()) as RunEvent).run;
    expect(keys).toEqual([
      `lineage/shop_orders/dt=2026-11-21/20261121T061700.000Z-${runId}-0-START.json`,
      `lineage/shop_orders/dt=2026-11-21/20261121T061700.000Z-${runId}-1-COMPLETE.json`,
    ]);
    expect(await objectsIn(bucket)).toEqual(events.map((event) => runEventOf(event)));
    expect(sink.url).toBe(`${bucket.url}/lineage/`);
  });
});

describe('a collector', () => {
  let collector: LineageCollector;

  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.http.close());

  async function send(events: readonly PublishedEvent[], location: string, env: Env = {}): Promise<unknown> {
    const sink = open(location, env);
    return sink
      .send(events, sending())
      .catch((error: unknown) => error)
      .finally(() => sink.close());
  }

  it('is sent what OpenLineage has an event for, and nothing else', async () => {
    let taken = 0;
    const sink = open(`openlineage+${collector.url}`);
    const others = eventsOf(20).filter(({ data }) => !/^run-/.test(data.event_type));
    const all = [started(), ...others, completed()];
    const note = (count: number): void => {
      taken += count;
    };
    await sink.send(all, { ...sending(), taken: note });
    await sink.close();
    expect(taken).toBe(all.length);
    expect(collector.events).toMatchObject([{ eventType: 'START' }, { eventType: 'COMPLETE' }]);
    expect(collector.refusals).toEqual([]);
  });

  it.each<[string, Env, string]>([
    ['openlineage-url', { OPENLINEAGE_URL: '{url}' }, '/api/v1/lineage'],
    ['openlineage-url', { OPENLINEAGE_URL: '{url}/below/' }, '/below/api/v1/lineage'],
    ['openlineage-url', { OPENLINEAGE_URL: '{url}', OPENLINEAGE_ENDPOINT: '/own' }, '/own'],
    ['openlineage+{url}', {}, '/api/v1/lineage'],
    ['openlineage+{url}/', {}, '/api/v1/lineage'],
    ['openlineage+{url}/own', { OPENLINEAGE_ENDPOINT: 'other' }, '/own'],
  ])('at %s is found as clients find it: %j', async (location, env, path) => {
    const here = Object.entries(env).map(([name, value]) => [name, value.replace('{url}', collector.url)] as const);
    await send([started()], location.replace('{url}', collector.url), Object.fromEntries(here));
    expect(collector.http.requests.map((request) => `${request.method} ${request.path}`)).toEqual([`POST ${path}`]);
  });

  it('knows the environment by its key, and jobs by the namespace that it is told', async () => {
    const env = { OPENLINEAGE_API_KEY: KEY, OPENLINEAGE_NAMESPACE: 'shop' };
    expect(await send([started()], `openlineage+${collector.url}`, env)).toBeUndefined();
    expect(collector.http.requests[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
    expect(collector.events).toMatchObject([{ job: { namespace: 'shop' } }]);
  });

  it.each<[Reply, string, string, number]>([
    [{ status: 308, headers: { location: '/elsewhere' } }, 'config', 'lineage-refused', 1],
    [{ status: 400, body: 'a person called Jane' }, 'config', 'lineage-refused', 1],
    [{ status: 404 }, 'config', 'lineage-refused', 1],
    [{ status: 401 }, 'auth', 'lineage-forbidden', 1],
    [{ status: 403 }, 'auth', 'lineage-forbidden', 1],
    [{ status: 429, headers: { 'retry-after': '3600' } }, 'quota', 'lineage-rate', 1],
    [{ status: 500 }, 'transient', 'lineage-unavailable', 3],
    [{ fault: 'reset' }, 'transient', 'lineage-unavailable', 3],
  ])('that answers %j', async (reply, kind, code, requests) => {
    collector.answer = () => reply;
    const error = await send([started()], `openlineage+${collector.url}`);
    expect(error).toMatchObject({ kind, code });
    expect(JSON.stringify(error)).not.toContain('Jane');
    expect(collector.http.requests).toHaveLength(requests);
  });

  it('is reached, or not, without a request', async () => {
    await open(`openlineage+${collector.url}`).check([]);
    expect(collector.http.requests).toEqual([]);
    await expect(open('openlineage+http://127.0.0.1:1/t0ken').check([])).rejects.toMatchObject({
      code: 'lineage-unreached',
      message: 'Nobody answers at openlineage+http://127.0.0.1:1 (ECONNREFUSED)',
    });
  });
});

it.each<[string, Env]>([
  ['openlineage-url', {}],
  ['openlineage-url', { OPENLINEAGE_URL: 'ftp://sesame' }],
  ['openlineage+https://me:sesame@example.org', {}],
  ['openlineage+https://example.org/sesame#here', {}],
  ['openlineage+https://', {}],
  ['openlineage+http://marquez:5000/sesame', { OPENLINEAGE_API_KEY: KEY }],
])('refuses %s, and shows nothing of it: %j', (location, env) => {
  const opening = () => open(location, env);
  expect(opening).toThrow(expect.objectContaining({ kind: 'config', code: 'lineage-location' }));
  expect(opening).not.toThrow('sesame');
});

it('sends without a key where there is no https', () => {
  expect(open('openlineage+http://marquez:5000').url).toBe('openlineage+http://marquez:5000');
});
