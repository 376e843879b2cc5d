import assert from 'node:assert/strict';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { bucketChecks, bucketContract } from '../../../test/contracts/bucket.ts';
import { carelessRanges } from '../../../test/contracts/bucket-careless.ts';
import { bucketFaults } from '../../../test/contracts/bucket-faults.ts';
import { growthWhileWriting } from '../../../test/contracts/bucket-memory.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { startFaultProxy } from '../../../test/fakes/fault-proxy.ts';
import { startFakeHttp } from '../../../test/fakes/http-server.ts';
import { crc32Base64 } from '../../../test/fakes/s3-http.ts';
import { startS3Server } from '../../../test/fakes/s3-server.ts';
import type { Bucket, StoredObject } from '../contract.ts';
import type { Limits } from '../remote/options.ts';
import { readText } from '../text.ts';
import { openS3Bucket } from './driver.ts';

const KIB = 1024;
const TEXT = { contentType: 'text/plain' };
const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
const server = await startS3Server({ minPartBytes: 64 * KIB });
afterAll(() => server[Symbol.asyncDispose]());

let buckets = 0;
const newBucket = (): string => {
  const name = `bucket-${buckets++}`;
  server.createBucket(name);
  return name;
};
const open = (location: string, url = server.url, limits: Partial<Limits> = {}): Bucket =>
  openS3Bucket({
    location,
    env: { AWS_ENDPOINT_URL: url, ...KEYS },
    clock: fakeClock(),
    random: () => 0.5,
    limits: { blockBytes: 64 * KIB, ...limits },
  });

bucketContract('s3://', async () => open(`s3://${newBucket()}/with/a/prefix`));

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
    const bucket = open(`s3://${newBucket()}`);
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

const listingSlowly = await startS3Server({ pageLength: 2, minPartBytes: 64 * KIB });
afterAll(() => listingSlowly[Symbol.asyncDispose]());
const tried: string[] = [];

bucketFaults('s3://', () => ({
  url: listingSlowly.url,
  blockBytes: 64 * KIB,
  create: () => {
    const name = `bucket-${buckets++}`;
    listingSlowly.createBucket(name);
    tried.push(name);
    return (url, limits) => open(`s3://${name}`, url, limits);
  },
  unfinished: () => tried.reduce((sum, name) => sum + listingSlowly.openUploads(name), 0),
}));

carelessRanges('s3://', {
  url: server.url,
  create: () => {
    const name = newBucket();
    return (url) => open(`s3://${name}`, url);
  },
});

describe('writes', () => {
  it('refuses a swap of an object that was written again with the same bytes', async () => {
    const bucket = open(`s3://${newBucket()}`);
    const first = await bucket.write('state', Buffer.from('same'), TEXT);
    await bucket.write('state', Buffer.from('same'), TEXT);
    assert(first !== undefined);
    const onlyIf = { version: first.version };
    expect(await bucket.write('state', Buffer.from('next'), { ...TEXT, onlyIf })).toBeUndefined();
    expect(await bucket.write('state', Buffer.alloc(200 * KIB), { ...TEXT, onlyIf })).toBeUndefined();
    expect((await readText(bucket, 'state'))?.text).toBe('same');
  });

  it('swaps an object that something else has written', async () => {
    const name = newBucket();
    const bucket = open(`s3://${name}`);
    const listed = async () => (await Array.fromAsync(bucket.list('')))[0]?.version ?? '';
    await bucket.write('state', Buffer.from('1'), TEXT);
    const onlyIf = { version: await listed() };
    expect(await bucket.write('state', Buffer.from('2'), { ...TEXT, onlyIf })).toBeDefined();
    expect(await bucket.write('state', Buffer.from('3'), { ...TEXT, onlyIf })).toBeUndefined();
  });

  it('tries again when two conditional writes have met in the store', async () => {
    const name = newBucket();
    const bucket = open(`s3://${name}`);
    server.conflict(3);
    expect(await bucket.write('key', Buffer.from('1'), { ...TEXT, onlyIf: 'absent' })).toBeDefined();
    server.conflict(1);
    expect(await bucket.write('long', Buffer.alloc(200 * KIB), { ...TEXT, onlyIf: 'absent' })).toBeDefined();
    server.conflict(0);
    expect(server.openUploads(name)).toBe(0);
  });

  it('compares a long object with its precondition when it is whole, and leaves no parts', async () => {
    const name = newBucket();
    const bucket = open(`s3://${name}`);
    async function* overtaken() {
      yield Buffer.alloc(100 * KIB);
      await bucket.write('long', Buffer.from('first'), TEXT);
      yield Buffer.alloc(100 * KIB);
    }
    expect(await bucket.write('long', overtaken(), { ...TEXT, onlyIf: 'absent' })).toBeUndefined();
    expect((await readText(bucket, 'long'))?.text).toBe('first');
    expect(server.openUploads(name)).toBe(0);
  });

  it('says so when the store has given the upload up', async () => {
    const name = newBucket();
    async function* slow() {
      yield Buffer.alloc(100 * KIB);
      server.forgetUploads(name);
      yield Buffer.alloc(100 * KIB);
    }
    const error = { kind: 'transient', code: 'bucket-unavailable' };
    await assert.rejects(open(`s3://${name}`).write('long', slow(), TEXT), error);
    expect(server.objects(name)).toEqual([]);
  });

  it('does not call a write refused when the store has given it up at the very end', async () => {
    await using proxy = await startFaultProxy(server.url);
    const name = newBucket();
    proxy.use(({ method, url }) => {
      if (method === 'POST' && url.includes('uploadId=')) server.forgetUploads(name);
      return undefined;
    });
    const write = open(`s3://${name}`, proxy.url).write('long', Buffer.alloc(200 * KIB), { ...TEXT, onlyIf: 'absent' });
    await assert.rejects(write, { kind: 'transient', code: 'bucket-write-unknown' });
  });

  it('grows by little more than a block while it streams 200 MB', async () => {
    await using receiver = await startS3Server();
    receiver.createBucket('bucket');
    const module = new URL('./driver.ts', import.meta.url);
    const grown = await growthWhileWriting({
      open: `(await import(${JSON.stringify(module.href)})).openS3Bucket`,
      location: 's3://bucket',
      env: { AWS_ENDPOINT_URL: receiver.url, ...KEYS },
      megabytes: 200,
    });
    expect(receiver.objects('bucket')[0]?.bytes).toBe(200_000_000);
    expect(grown).toBeLessThan(40);
  });
});

describe('checksums', () => {
  it.each([10, 200 * KIB])('finds that one of %d bytes has changed on the way from the store', async (length) => {
    await using proxy = await startFaultProxy(server.url);
    const name = newBucket();
    await open(`s3://${name}`).write('key', Buffer.alloc(length), TEXT);
    proxy.use(() => 'damage-answer');
    const error = { kind: 'transient', code: 'bucket-object-damaged' };
    await assert.rejects(readText(open(`s3://${name}`, proxy.url), 'key'), error);
  });

  it.each([10, 200 * KIB])('sends one of %d bytes again that has changed on the way there', async (length) => {
    await using proxy = await startFaultProxy(server.url);
    const name = newBucket();
    let damaged = 0;
    proxy.use(({ method }) => (method === 'PUT' && damaged++ === 0 ? 'damage-request' : undefined));
    await open(`s3://${name}`, proxy.url).write('key', Buffer.alloc(length), TEXT);
    expect(damaged).toBeGreaterThan(1);
    expect(Buffer.concat(server.objects(name)[0]?.chunks ?? [])).toEqual(Buffer.alloc(length));
  });
});

describe('reads of a part', () => {
  const object = { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'content-range': 'bytes 2-4/10' };

  it('are not compared with the checksum of the whole, which some stores send with them', async () => {
    const http = await startFakeHttp();
    onTestFinished(() => http.close());
    const headers = { ...object, 'x-amz-checksum-crc32': crc32Base64([Buffer.from('abcdefghij')]) };
    http.serve(() => ({ status: 206, headers, body: 'cde' }));
    const part = await open('s3://bucket', http.url).read('key', { range: { from: 2, to: 5 } });
    expect(String(Buffer.concat(await Array.fromAsync(part?.body ?? [])))).toBe('cde');
    expect(http.requests).toHaveLength(1);
  });

  it('let the store compare the version, so that it sends nothing of another one', async () => {
    const http = await startFakeHttp();
    onTestFinished(() => http.close());
    http.serve(() => ({ status: 412 }));
    const options = { range: { from: 2, to: 5 }, version: '"e"#write' };
    expect(await open('s3://bucket', http.url).read('key', options)).toBeUndefined();
    expect(http.requests.map(({ headers }) => [headers['if-match'], headers['range']])).toEqual([['"e"', 'bytes=2-4']]);
  });
});

describe('a store that creates only and swaps whatever the version', () => {
  it('is found by both checks, and nothing is left behind', async () => {
    await using careless = await startS3Server({ ignores: 'if-match' });
    careless.createBucket('bucket');
    const bucket = open('s3://bucket', careless.url);
    const error = { kind: 'config', code: 'bucket-no-preconditions' };
    await assert.rejects(bucket.check(), error);
    await assert.rejects(async () => bucket.checkPreconditions?.(), error);
    await assert.rejects(async () => bucket.checkPreconditions?.(), error);
    expect(careless.objects('bucket')).toEqual([]);
  });

  it('is looked for once, with one small object', async () => {
    const bucket = open(`s3://${newBucket()}`);
    const before = server.requests.length;
    await Promise.all([bucket.checkPreconditions?.(), bucket.checkPreconditions?.()]);
    await bucket.checkPreconditions?.();
    const methods = server.requests.slice(before).map((request) => request.split(' ')[0]);
    expect(methods).toEqual(['PUT', 'PUT', 'PUT', 'DELETE']);
  });
});

describe('a store that takes ETags in another form than it gives them', () => {
  it('is found by the check, and nothing is left behind', async () => {
    await using odd = await startS3Server({ bareETags: 'compared' });
    odd.createBucket('bucket');
    await assert.rejects(open('s3://bucket', odd.url).check(), { kind: 'config', code: 'bucket-refuses-swaps' });
    expect(odd.objects('bucket')).toEqual([]);
  });
});

describe('versions', () => {
  const text = async (bucket: Bucket, version: string) => (await readText(bucket, 'key', { version }))?.text;

  it('of a listing without quotes are as good to read and to write by as any', async () => {
    await using bare = await startS3Server({ bareETags: 'listed' });
    bare.createBucket('bucket');
    const bucket = open('s3://bucket', bare.url);
    const listed = async () => (await Array.fromAsync(bucket.list('')))[0]?.version ?? '';
    await bucket.write('key', Buffer.from('1'), TEXT);
    expect(await text(bucket, await listed())).toBe('1');
    const onlyIf = { version: await listed() };
    expect(await bucket.write('key', Buffer.from('2'), { ...TEXT, onlyIf })).toBeDefined();
  });

  it('are none the less exact for who calls them weak on the way', async () => {
    const http = await startFakeHttp();
    onTestFinished(() => http.close());
    const headers = { etag: 'W/"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
    http.serve(() => ({ headers, body: 'text' }));
    const bucket = open('s3://bucket', http.url);
    const version = (await readText(bucket, 'key'))?.version ?? '';
    expect(await text(bucket, version)).toBe('text');
    expect(http.requests.map((request) => request.headers['if-match'])).toEqual([undefined, '"e"']);
  });
});

it('is no directory bucket, whose listings have no order', () => {
  expect(() => open('s3://data--use1-az4--x-s3/ingestion')).toThrow(
    /s3:..data--use1-az4--x-s3.ingestion is a directory/,
  );
  expect(() => open('s3://data--x-s3--use1')).not.toThrow();
});

describe('addresses', () => {
  it('puts the bucket into the path of an endpoint, or into its name when told so', async () => {
    server.createBucket('addressed');
    const endpoint = server.url.replace('127.0.0.1', 'localhost');
    const askAs = async (pathStyle: Readonly<Record<string, string>>): Promise<string | undefined> => {
      const env = { AWS_ENDPOINT_URL_S3: endpoint, AWS_ENDPOINT_URL: 'http://nowhere.invalid', ...KEYS, ...pathStyle };
      const limits = { retries: 0 };
      const bucket = openS3Bucket({ location: 's3://addressed', env, clock: fakeClock(), random: () => 0.5, limits });
      const before = server.requests.length;
      // Not every machine finds `addressed.localhost`.
      await bucket.remove('key').catch(() => undefined);
      return server.requests.slice(before)[0];
    };
    const byPath = 'DELETE /addressed/key?x-id=DeleteObject';
    expect(await askAs({})).toBe(byPath);
    expect(await askAs({ TIDEMILL_S3_PATH_STYLE: 'true' })).toBe(byPath);
    expect(await askAs({ TIDEMILL_S3_PATH_STYLE: 'false' })).not.toBe(byPath);
  });
});

describe('a listing', () => {
  // https://github.com/taylorfinnell/awscr-s3/issues/71, https://github.com/noobaa/noobaa-core/pull/6267
  it.each(['', '<NextContinuationToken></NextContinuationToken>'])(
    'that has more pages, and does not say how to ask for them, is not taken for a whole one (%s)',
    async (token) => {
      const http = await startFakeHttp();
      onTestFinished(() => http.close());
      const listed = '<Contents><Key>a</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>e</ETag></Contents>';
      const body = `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated>${token}${listed}</ListBucketResult>`;
      http.serve(() => ({ body }));
      const listing = Array.fromAsync(open('s3://bucket', http.url).list(''));
      await assert.rejects(listing, { kind: 'config', code: 'bucket-lacking' });
      expect(http.requests).toHaveLength(1);
    },
  );

  it.each([
    ['the same page', () => 'a'],
    ['two pages in turn', (token?: string) => (token === 'a' ? 'b' : 'a')],
  ])('that answers %s again and again comes to an end', async (_, next) => {
    const http = await startFakeHttp();
    onTestFinished(() => http.close());
    http.serve(({ query }) => {
      const token = next(query['continuation-token']);
      const page = `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;
      return { body: `<?xml version="1.0"?><ListBucketResult>${page}</ListBucketResult>` };
    });
    const listing = Array.fromAsync(open('s3://bucket', http.url).list(''));
    await assert.rejects(listing, { kind: 'transient', code: 'bucket-listing' });
  });
});
