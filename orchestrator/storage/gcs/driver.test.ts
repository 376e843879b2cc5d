import assert from 'node:assert/strict';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { bucketChecks, bucketContract } from '../../../test/contracts/bucket.ts';
import { carelessRanges } from '../../../test/contracts/bucket-careless.ts';
import { bucketFaults } from '../../../test/contracts/bucket-faults.ts';
import { growthWhileWriting } from '../../../test/contracts/bucket-memory.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { startFaultProxy } from '../../../test/fakes/fault-proxy.ts';
import { startGcsServer } from '../../../test/fakes/gcs-server.ts';
import { type FakeHttp, startFakeHttp } from '../../../test/fakes/http-server.ts';
import type { Bucket, StoredObject } from '../contract.ts';
import type { Limits } from '../remote/options.ts';
import { readText } from '../text.ts';
import { openGcsBucket } from './driver.ts';

const KIB = 1024;
const TEXT = { contentType: 'text/plain' };
const server = await startGcsServer();
afterAll(() => server[Symbol.asyncDispose]());

let buckets = 0;
const newBucket = (): string => {
  const name = `bucket-${buckets++}`;
  server.createBucket(name);
  return name;
};
const open = (location: string, url = server.url, limits: Partial<Limits> = {}): Bucket =>
  openGcsBucket({
    location,
    env: { STORAGE_EMULATOR_HOST: url },
    clock: fakeClock(),
    random: () => 0.5,
    limits: { blockBytes: 256 * KIB, ...limits },
  });

bucketContract('gs://', async () => open(`gs://${newBucket()}`));

describe('with a prefix', () => {
  it('keeps the bucket contract in a part of a bucket, and does not see the rest', async () => {
    for (const { promise, run } of bucketChecks.filter(({ promise }) => !promise.startsWith('lists more'))) {
      const name = newBucket();
      const rest = open(`gs://${name}`);
      for (const key of ['beside', 'a/bc', 'a/b.json']) await rest.write(key, Buffer.from('not mine'), TEXT);
      await run(open(`gs://${name}/a/b/`)).catch((cause) => assert.fail(new Error(promise, { cause })));
      expect((await readText(rest, 'a/b.json'))?.text).toBe('not mine');
    }
  });
});

describe('the fake is strict: the contract finds a driver that', () => {
  const broken: readonly [string, RegExp, (bucket: Bucket) => Partial<Bucket>][] = [
    [
      'creates what is there already',
      /create-only/,
      (bucket) => ({ write: (key, body, { contentType }) => bucket.write(key, body, { contentType }) }),
    ],
    [
      'swaps whatever the version',
      /compare-and-swap: only/,
      (bucket) => ({ write: (key, body, { contentType }) => bucket.write(key, body, { contentType }) }),
    ],
    [
      'lists what was there a while ago',
      /listing is current/,
      (bucket) => {
        let before: StoredObject[] = [];
        return {
          async *list(prefix) {
            const now = await Array.fromAsync(bucket.list(prefix));
            yield* before;
            before = now;
          },
        };
      },
    ],
    [
      'knows an object by its size',
      /other bytes by other versions/,
      (bucket) => ({
        async *list(prefix) {
          for await (const object of bucket.list(prefix)) yield { ...object, version: String(object.bytes) };
        },
      }),
    ],
    [
      'asks for the first page only',
      /more objects than a page/,
      (bucket) => ({
        async *list(prefix) {
          let left = 100;
          for await (const object of bucket.list(prefix)) if (left-- > 0) yield object;
        },
      }),
    ],
  ];
  it.each(broken)('%s', async (_, promise, change) => {
    const check = bucketChecks.find((check) => promise.test(check.promise)) ?? assert.fail();
    const bucket = open(`gs://${newBucket()}`);
    await assert.rejects(check.run({ ...methods(bucket), ...change(bucket) }), assert.AssertionError);
  });
});

const methods = (bucket: Bucket): Bucket => ({
  url: bucket.url,
  read: (...read) => bucket.read(...read),
  write: (...write) => bucket.write(...write),
  list: (prefix) => bucket.list(prefix),
  remove: (key) => bucket.remove(key),
  check: () => bucket.check(),
});

const listingSlowly = await startGcsServer({ pageLength: 2 });
afterAll(() => listingSlowly[Symbol.asyncDispose]());

bucketFaults('gs://', () => ({
  url: listingSlowly.url,
  blockBytes: 256 * KIB,
  create: () => {
    const name = `bucket-${buckets++}`;
    listingSlowly.createBucket(name);
    return (url, limits) => open(`gs://${name}`, url, limits);
  },
  unfinished: () => listingSlowly.openSessions(),
}));

carelessRanges('gs://', {
  url: server.url,
  create: () => {
    const name = newBucket();
    return (url) => open(`gs://${name}`, url);
  },
});

describe('uploads', () => {
  it('sends the rest again when the store keeps only a part of a block', async () => {
    await using sparing = await startGcsServer({ appetite: 256 * KIB });
    sparing.createBucket('bucket');
    const bucket = open('gs://bucket', sparing.url, { blockBytes: 1024 * KIB });
    const body = Buffer.alloc(2500 * KIB, 'abc');
    const object = await bucket.write('long', body, TEXT);
    expect(object?.bytes).toBe(body.length);
    expect(Buffer.compare(Buffer.from((await readText(bucket, 'long'))?.text ?? ''), body)).toBe(0);
    expect(sparing.requests.filter((request) => request.startsWith('PUT')).length).toBe(10);
  });

  it('compares a long object with its precondition when it is whole, too', async () => {
    const bucket = open(`gs://${newBucket()}`);
    const unfinished = server.openSessions();
    async function* overtaken() {
      yield Buffer.alloc(300 * KIB);
      await bucket.write('long', Buffer.from('first'), TEXT);
      yield Buffer.alloc(300 * KIB);
    }
    expect(await bucket.write('long', overtaken(), { ...TEXT, onlyIf: 'absent' })).toBeUndefined();
    expect((await readText(bucket, 'long'))?.text).toBe('first');
    expect(server.openSessions()).toBe(unfinished);
  });

  it('grows by little more than a block while it streams 200 MB', async () => {
    await using receiver = await startGcsServer();
    receiver.createBucket('bucket');
    const module = new URL('./driver.ts', import.meta.url);
    const grown = await growthWhileWriting({
      open: `(await import(${JSON.stringify(module.href)})).openGcsBucket`,
      location: 'gs://bucket',
      env: { STORAGE_EMULATOR_HOST: receiver.url },
      megabytes: 200,
    });
    expect(receiver.objects('bucket')[0]?.size).toBe(200_000_000);
    expect(grown).toBeLessThan(40);
  });
});

describe('checksums', () => {
  it('finds that a byte has changed on the way from the store', async () => {
    await using proxy = await startFaultProxy(server.url);
    const name = newBucket();
    await open(`gs://${name}`).write('key', Buffer.from('contents'), TEXT);
    proxy.use(() => 'damage-answer');
    const error = { kind: 'transient', code: 'bucket-object-damaged' };
    await assert.rejects(readText(open(`gs://${name}`, proxy.url), 'key'), error);
  });

  it('lets the store find that a byte has changed on the way there', async () => {
    await using proxy = await startFaultProxy(server.url);
    const name = newBucket();
    proxy.use(({ method }) => (method === 'PUT' ? 'damage-request' : undefined));
    const bucket = open(`gs://${name}`, proxy.url);
    const before = server.requests.length;
    await assert.rejects(bucket.write('key', Buffer.alloc(600 * KIB), TEXT), { code: 'bucket-refused' });
    expect(server.objects(name)).toEqual([]);
    // It never was an object: none had to be removed.
    expect(server.requests.slice(before).filter((request) => request.startsWith('DELETE /storage'))).toEqual([]);
  });
});

describe('reads of a version', () => {
  it('let the store compare it, so that it sends nothing of another one', async () => {
    const http = await fakeHttp();
    http.serve(({ query }) => (query['alt'] === 'media' ? { status: 412 } : { json: {} }));
    const options = { range: { last: 8 }, version: '7' };
    expect(await open('gs://bucket', http.url).read('key', options)).toBeUndefined();
    expect(http.requests[0]?.query['ifGenerationMatch']).toBe('7');
    expect(http.requests[0]?.headers['range']).toBe('bytes=-8');
  });
});

describe('a store that does not compare checksums', () => {
  it.each([10, 600 * KIB])('is not believed, and what it has made of %d bytes is removed', async (length) => {
    const http = await fakeHttp();
    const made = {
      name: 'key',
      generation: '7',
      size: String(length),
      updated: '2026-01-01T00:00:00Z',
      md5Hash: 'other',
    };
    http.serve(({ method, query, headers }) => {
      if (method === 'DELETE') return { status: 204 };
      const [, last, total] = /-(\d+)\/(.*)/.exec(headers['content-range'] ?? '') ?? [];
      if (total === '*') return { status: 308, headers: { range: `bytes=0-${last}` } };
      return { json: made, headers: query['uploadType'] === 'resumable' ? { location: `${http.url}/session` } : {} };
    });
    const bucket = open('gs://bucket', http.url, { retries: 0 });
    await assert.rejects(bucket.write('key', Buffer.alloc(length), TEXT), { code: 'bucket-object-damaged' });
    const removed = http.requests.filter(
      ({ method, query }) => method === 'DELETE' && query['ifGenerationMatch'] === '7',
    );
    expect(removed).toHaveLength(1);
  });
});

describe('says who must act', () => {
  const TOUCHES: Readonly<Record<string, (bucket: Bucket) => Promise<unknown>>> = {
    read: (bucket) => bucket.read('key'),
    write: (bucket) => bucket.write('key', Buffer.from('x'), TEXT),
    'write of a long object': (bucket) => bucket.write('key', Buffer.alloc(600 * KIB), TEXT),
    list: (bucket) => Array.fromAsync(bucket.list('')),
    check: (bucket) => bucket.check(),
  };

  it.each(Object.entries(TOUCHES))('when there is no such bucket: %s', async (_, touch) => {
    const bucket = open('gs://no-such-bucket');
    await assert.rejects(touch(bucket), { kind: 'config', code: 'bucket-missing', message: /gs:\/\/no-such-bucket/ });
  });

  it.each(Object.entries(TOUCHES))('when the bucket may not be used: %s', async (_, touch) => {
    await using guarded = await startGcsServer();
    guarded.createBucket('bucket');
    for (const status of [401, 403] as const) {
      guarded.refuse(status);
      await assert.rejects(touch(open('gs://bucket', guarded.url)), { kind: 'auth', code: 'bucket-forbidden' });
    }
  });

  it('not, when an object is missing and only listing is forbidden', async () => {
    const http = await fakeHttp();
    http.serve(({ query }) => ({ status: query['alt'] === 'media' ? 404 : 403 }));
    expect(await open('gs://bucket', http.url).read('key')).toBeUndefined();
  });

  it('again when the store could not say at first whether there is such a bucket', async () => {
    const http = await fakeHttp();
    const answers = [503, 200];
    http.serve(({ query }) => ({ status: query['alt'] === 'media' ? 404 : (answers.shift() ?? 500), json: {} }));
    const bucket = open('gs://bucket', http.url, { retries: 0 });
    await assert.rejects(bucket.read('key'), { kind: 'transient' });
    expect(await bucket.read('key')).toBeUndefined();
    expect(await bucket.read('other')).toBeUndefined();
  });

  it.each([
    ['lists its reasons', { errors: [{ domain: 'usageLimits' }, { reason: 'rateLimitExceeded' }] }],
    ['names one in its details', { details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] }],
  ])('when a limit of requests is answered as 403 that %s', async (_, reasons) => {
    const http = await fakeHttp();
    http.serve(() => ({ status: 403, json: { error: { message: 'Rate limit', ...reasons } } }));
    const bucket = open('gs://bucket', http.url, { retries: 1 });
    await assert.rejects(bucket.remove('key'), { kind: 'transient', code: 'bucket-throttled', message: /Rate limit/ });
    expect(http.requests).toHaveLength(2);
  });

  it.each([
    { errors: [{ reason: 'accountDisabled' }] },
    { details: [{ reason: 'SERVICE_DISABLED' }] },
    { details: [{ reason: 'BILLING_DISABLED' }] },
  ])('when the project may not be used: %j', async (reasons) => {
    const http = await fakeHttp();
    http.serve(() => ({ status: 403, json: { error: { message: 'It is disabled.', ...reasons } } }));
    await assert.rejects(open('gs://bucket', http.url).remove('key'), {
      kind: 'config',
      code: 'bucket-project',
      message: /It is disabled/,
    });
  });

  it('when the store asks to wait longer than a run should', async () => {
    const http = await fakeHttp();
    http.serve(() => ({ status: 503, headers: { 'retry-after': '3600' } }));
    await assert.rejects(open('gs://bucket', http.url).remove('key'), { kind: 'quota', retryAfterSeconds: 3600 });
    expect(http.requests).toHaveLength(1);
  });

  it.each(['gs://', 'gs://Bucket', 'gs://a', 'gs://bucket/a//b', 'gs://bucket/../x', 's3://bucket'])(
    'when the location is %s',
    (location) => {
      expect(() => open(location)).toThrow(expect.objectContaining({ kind: 'config', code: 'bucket-location' }));
    },
  );
});

describe('a store that does not honour preconditions', () => {
  it('is found by check()', async () => {
    const http = await fakeHttp();
    const generation = '1';
    http.serve(({ method, body, query }) => {
      const name = /"name":"([^"]+)"/.exec(body)?.[1] ?? query['prefix'];
      const item = { name, generation, size: '0', updated: '2026-01-01T00:00:00Z' };
      if (method === 'DELETE') return { status: 204 };
      return { json: method === 'POST' ? item : { items: [item] } };
    });
    await assert.rejects(open('gs://bucket', http.url).check(), { kind: 'config', code: 'bucket-no-preconditions' });
    expect(http.requests.at(-1)?.method).toBe('DELETE');
  });

  it.each(['0', 'a generation'])('is found though it honours the other one, which is for %s', async (honoured) => {
    const http = await fakeHttp();
    const item = { name: 'probe', generation: '1', size: '0', updated: '2026-01-01T00:00:00Z' };
    let isThere = false;
    http.serve(({ method, query }) => {
      if (method === 'DELETE') return { status: 204 };
      const isCreation = query['ifGenerationMatch'] === '0';
      if (isThere && isCreation === (honoured === '0')) return { status: 412 };
      isThere = true;
      return { json: item };
    });
    const checked = async () => open('gs://bucket', http.url).checkPreconditions?.();
    await assert.rejects(checked(), { kind: 'config', code: 'bucket-no-preconditions' });
    expect(http.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST', 'DELETE']);
  });
});

describe('a listing', () => {
  it.each([
    ['the same page', () => 'a'],
    ['two pages in turn', (token?: string) => (token === 'a' ? 'b' : 'a')],
  ])('that answers %s again and again comes to an end', async (_, next) => {
    const http = await fakeHttp();
    http.serve(({ query }) => ({ json: { items: [], nextPageToken: next(query['pageToken']) } }));
    const listing = Array.fromAsync(open('gs://bucket', http.url).list(''));
    await assert.rejects(listing, { kind: 'transient', code: 'bucket-listing' });
  });
});

async function fakeHttp(): Promise<FakeHttp> {
  const http = await startFakeHttp();
  onTestFinished(() => http.close());
  return http;
}
