/** What may be wrong with what the three servers answer, and with one run of many. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extractAll } from '../../test/fakes/extract.ts';
import { clientOf, fakeSource } from '../../test/fakes/http-client.ts';
import type { FakeHttp, Reply } from '../../test/fakes/http-server.ts';
import { classify } from './listing.ts';
import { featureResults, runs } from './streams.ts';

const OPTIONS = { browsers: ['chrome'], channels: ['stable'], days: 1, release: 'release' };
const NOW = new Date('2026-11-21T12:00:00Z');
const LIST = '/api/runs?product=chrome%5Bstable%5D&from=2026-11-20T12%3A00%3A00.000Z&max-count=500';

const runAt = (server: FakeHttp, id: unknown, more: object = {}) => ({
  ...{ id, browser_name: 'chrome', browser_version: '157', labels: ['chrome', 'stable'] },
  ...{ time_start: '2026-11-21T01:00:00Z', results_url: `${server.url}/${String(id)}-summary_v2.json.gz` },
  ...more,
});
const packed = (value: unknown): Reply => ({
  body: gzipSync(typeof value === 'string' ? value : JSON.stringify(value)),
});
const MANIFEST = { version: 1, data: { grid: ['/a', '/b', 'constructor'] } };

/** The list, the release and the manifest; runs as they are. */
async function source(listed: (server: FakeHttp) => unknown[], manifest: Reply = packed(MANIFEST)): Promise<FakeHttp> {
  const server = await fakeSource();
  server.expect(`GET ${LIST}`, { json: listed(server) });
  const asset = { label: 'web_features_manifest.json.gz', name: 'x', browser_download_url: `${server.url}/manifest` };
  server.expect('GET /release', { json: { tag_name: 'merge_pr_1', assets: [asset] } });
  server.expect('GET /manifest', manifest);
  return server;
}

const read = (server: FakeHttp, stream: Parameters<typeof extractAll>[0], cursor?: unknown) => {
  const { http } = clientOf(server, { retries: 0 });
  const options = stream === runs ? { ...OPTIONS, release: undefined } : OPTIONS;
  return extractAll(stream, { http, options, cursor, now: NOW, system: { env: {}, cwd: '/' } });
};

describe('results of runs', () => {
  it('are read once a run, packed or not, and what is not tested is left out', async () => {
    const server = await source((at) => [runAt(at, '7'), runAt(at, 8), runAt(at, 9, { results_url: 'old.json' })]);
    server.expect('GET /7-summary_v2.json.gz', packed({ '/a': { s: 'O', c: [1, 1] }, '/z': { s: 'O', c: [1] } }));
    server.expect('GET /8-summary_v2.json.gz', { json: { '/a': { s: 'X', c: [1, 2, 3] }, '/b': { s: 'O', c: [1] } } });
    const { records, marks, notices } = await read(server, featureResults);
    expect(records).toMatchObject([
      { run: { id: '7' }, feature: 'grid', tests: { '/a': ['O', 1, 1] } },
      { run: { id: 8 }, feature: 'grid', tests: { '/a': ['X', 1, 2] } },
    ]);
    expect(notices).toEqual(['2 runs, by the tests of merge_pr_1', 'a status that nobody knows, taken for no pass: X']);
    expect(marks.at(-1)).toEqual({ through: NOW.toISOString(), read: { 'chrome[stable]': ['7', '8'] } });
    const known = { ...(marks.at(-1) as object), through: null };
    server.expect(`GET ${LIST}`, { json: [runAt(server, 7), runAt(server, '8')] });
    expect((await read(server, featureResults, known)).isUnchanged).toBe(true);
  });

  it('are not those of a pull request, which has a few tests of a feature run', async () => {
    const server = await fakeSource();
    const listed = ['pr_head', 'pr_base', 'master'].map((label, id) =>
      runAt(server, id, { labels: ['chrome', 'stable', label] }),
    );
    server.expect(`GET ${LIST}`, { json: listed });
    const known = { through: null, read: { 'chrome[stable]': ['2'] } };
    expect((await read(server, featureResults, known)).isUnchanged).toBe(true);
    const sides = listed.map((run) => runs.toRow(runs.source.parse(run) as never));
    expect(sides).toMatchObject([{ pull_request: 'head' }, { pull_request: 'base' }, { pull_request: null }]);
  });

  it('of one run that cannot be read stop no other, and it is asked for again', async () => {
    const server = await source((at) =>
      [1, 2, 3].map((id) => runAt(at, id, { time_start: `2026-11-21T0${id}:00:00Z` })),
    );
    const good = { '/a': { s: 'O', c: [1, 1] } };
    server.expect('GET /1-summary_v2.json.gz', packed(good));
    server.expect('GET /2-summary_v2.json.gz', { body: gzipSync(JSON.stringify(good)).subarray(0, 20) });
    server.expect('GET /3-summary_v2.json.gz', packed(good));
    const { http } = clientOf(server, { retries: 0 });
    const marks: unknown[] = [];
    const context = { http, options: OPTIONS, cursor: featureResults.cursor?.start, now: NOW, credentials: {} };
    const signal = new AbortController().signal;
    const reading = featureResults.extract({ ...context, signal, notice: () => undefined } as never);
    const failure = await (async () => {
      for await (const emission of reading) {
        if ('checkpoint' in emission) marks.push(emission.checkpoint);
        if ('mark' in emission) marks.push(emission.mark);
      }
    })().catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'transient', code: 'file-cut' });
    expect(marks).toEqual([
      { through: null, read: { 'chrome[stable]': ['1'] } },
      { through: null, read: { 'chrome[stable]': ['1', '3'] } },
      // It lies within the days that the next run looks at again.
      { through: NOW.toISOString(), read: { 'chrome[stable]': ['1', '3'] }, failed: ['2'] },
    ]);
  });

  it('of many runs side by side that cannot be read keep none behind them from the next run', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => index + 10);
    const listed = (at: FakeHttp) => ids.map((id) => runAt(at, id, { time_start: `2026-11-21T01:00:${id}Z` }));
    const server = await source(listed);
    const answer = (from: number, to: number, reply: Reply) => {
      for (const id of ids.slice(from, to)) server.expect(`GET /${id}-summary_v2.json.gz`, reply);
    };
    const results = async (cursor: unknown) => {
      const { http } = clientOf(server, { retries: 0 });
      const context = { http, options: OPTIONS, cursor, now: NOW, credentials: {} };
      const reading = featureResults.extract({
        ...context,
        ...{ signal: new AbortController().signal, notice: () => undefined },
      } as never);
      const [kept, marks]: [string[], unknown[]] = [[], []];
      const failure = await (async () => {
        for await (const emission of reading) {
          if ('artifact' in emission) kept.push(emission.name);
          if ('mark' in emission) marks.push(emission.mark);
        }
      })().catch((error: unknown) => error);
      return { kept, marks, failure };
    };
    answer(0, 11, { status: 404 });
    const one = await results(featureResults.cursor?.start);
    expect([one.failure, one.kept]).toEqual([expect.objectContaining({ code: 'http-status' }), []]);
    expect(one.marks).toMatchObject([{ through: null }]);
    server.expect(`GET ${LIST}`, { json: listed(server) });
    const asset = { label: 'web_features_manifest.json.gz', name: 'x', browser_download_url: `${server.url}/manifest` };
    server.expect('GET /release', { json: { tag_name: 'merge_pr_1', assets: [asset] } });
    server.expect('GET /manifest', packed(MANIFEST));
    answer(11, 20, packed({ '/a': { s: 'O', c: [1, 1] } }));
    answer(0, 11, { status: 404 });
    const two = await results(one.marks.at(-1));
    expect(two.kept).toHaveLength(9);
    expect(two.marks).toMatchObject([{ through: NOW.toISOString() }]);
  });

  it.each([
    ['HTML', { body: '<html>' }, 'is not JSON in UTF-8'],
    ['no feature', packed({ version: 1, data: {} }), 'names no feature'],
    ['another shape', packed({ data: [] }), 'another shape at version, data'],
    ['another version', packed({ ...MANIFEST, version: 2 }), 'another shape at version'],
  ])('are not read by a manifest that is %s', async (_, manifest, why) => {
    const server = await source((at) => [runAt(at, 1)], manifest);
    await expect(read(server, featureResults)).rejects.toMatchObject({
      code: 'wpt-results',
      message: expect.stringContaining(why),
    });
  });

  it('need a release that has the manifest', async () => {
    const server = await fakeSource();
    server.expect(`GET ${LIST}`, { json: [runAt(server, 1)] });
    server.expect('GET /release', { json: { tag_name: 'v1', assets: [] } });
    const message = expect.stringMatching(/^The release v1 at .* has no WEB_FEATURES_MANIFEST.json.gz$/);
    await expect(read(server, featureResults)).rejects.toMatchObject({ kind: 'source-changed', message });
  });
});

describe('the list of runs', () => {
  it('is followed by its tokens, and without one by when the last run of a full page began', async () => {
    const server = await fakeSource();
    const full = (first: number) => Array.from({ length: 500 }, (_, id) => runAt(server, first + id));
    server.expect(`GET ${LIST}`, { json: full(0), headers: { 'wpt-next-page': 'e30=' } });
    server.expect('GET /api/runs?page=e30%3D', { json: full(500) });
    // What began when the last one did comes again.
    server.expect(`GET ${LIST}&to=2026-11-21T01%3A00%3A00.001Z`, { json: [runAt(server, 999), runAt(server, 1000)] });
    expect((await read(server, runs)).pages).toEqual([500, 500, 1]);
  });

  it('hands on each run once, and what is no run every time', async () => {
    const server = await fakeSource();
    const listed = [runAt(server, 1), runAt(server, 2)];
    server.serve(() => ({ json: listed }));
    const first = await read(server, runs, { through: null, read: {} });
    expect(first).toMatchObject({ pages: [2], marks: [{ read: { 'chrome[stable]': ['1', '2'] } }] });
    const [cursor] = first.marks;
    // What has a new mark looks back from there, and this server lists the same whatever it is asked.
    expect(await read(server, runs, cursor)).toMatchObject({ isUnchanged: true, marks: [] });
    listed.push(runAt(server, 3));
    expect(await read(server, runs, cursor)).toMatchObject({ pages: [1], isUnchanged: false });
    server.serve(() => ({ json: [...listed, { odd: true }] }));
    expect((await read(server, runs, cursor)).pages).toEqual([2]);
  });

  it.each([
    ['whose token asks for the days before', { from: '2026-11-19T11:59:59.999Z', to: '2026-11-20T11:59:59.999Z' }, {}],
    ['whose last run began before them', 'e30=', { time_start: '2026-11-20T11:59:59Z' }],
  ])('ends with the page %s', async (_, token, more) => {
    const server = await fakeSource();
    const page = typeof token === 'string' ? token : Buffer.from(JSON.stringify(token)).toString('base64url');
    server.expect(`GET ${LIST}`, { json: [runAt(server, 1, more)], headers: { 'wpt-next-page': page } });
    expect((await read(server, runs)).pages).toEqual([1]);
  });

  it.each([
    ['the same page for ever', (server: FakeHttp) => [runAt(server, 1)], () => 'e30='],
    ['the same page for ever, by other tokens', (server: FakeHttp) => [runAt(server, 1)], (page: number) => `t${page}`],
    ['pages without end', () => [], (page: number) => `t${page}`],
  ])('that answers %s is none', async (_, listed, token) => {
    const server = await fakeSource();
    let pages = 0;
    server.serve(() => ({ json: listed(server), headers: { 'wpt-next-page': token(pages++) } }));
    const { http } = clientOf(server);
    const given = { http, options: { ...OPTIONS, release: undefined }, now: NOW, system: { env: {}, cwd: '/' } };
    await expect(extractAll(runs, given)).rejects.toMatchObject({ code: 'paging-loop' });
  });

  it('of a backfill ends where that does', async () => {
    const server = await fakeSource();
    const until = new Date('2026-11-01T00:00:00Z');
    server.expect(`GET ${LIST.replace('2026-11-20T12', '2026-10-01T00')}&to=2026-11-01T00%3A00%3A00.000Z`, {
      json: [runAt(server, 1)],
    });
    const { http } = clientOf(server);
    const cursor = { through: '2026-10-02T00:00:00.000Z', read: {} };
    const options = { ...OPTIONS, release: undefined };
    const { marks } = await extractAll(runs, { http, options, cursor, now: NOW, until, system: { env: {}, cwd: '/' } });
    expect(marks).toEqual([{ through: until.toISOString(), read: { 'chrome[stable]': ['1'] } }]);
  });

  it('is none of a browser that wpt.fyi does not know, which is a mistake in the job', async () => {
    const server = await fakeSource();
    server.expect(`GET ${LIST.replace('chrome', 'chrom')}`, { status: 400, body: 'invalid browser name: chrom\n' });
    const { http } = clientOf(server, { classify });
    const options = { ...OPTIONS, browsers: ['chrom'], release: undefined };
    const reading = extractAll(runs, { http, options, now: NOW, system: { env: {}, cwd: '/' } });
    await expect(reading).rejects.toMatchObject({ kind: 'config', code: 'wpt-browser' });
  });

  it('may be empty, which is told by 404', async () => {
    const server = await fakeSource();
    server.expect(`GET ${LIST}`, { status: 404, json: [] });
    expect(await read(server, runs)).toMatchObject({ pages: [], marks: [], isUnchanged: true });
  });
});
