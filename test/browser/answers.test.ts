/** Answers that a page is given in the background are kept whole, byte for byte, or not at all. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { asTidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { serve, visiting } from './visiting.ts';

const json =
  (bytes: Buffer | string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(bytes);

const LARGE = Buffer.from(
  `[${Array.from({ length: 400_000 }, (_, id) => `{"id":${id},"name":"someone ${id}"}`).join(',')}]`,
);
/** Not UTF-8, and with more digits than a double has: whoever decodes it changes it. */
const ODD = Buffer.concat([Buffer.from('{"name":"caf'), Buffer.of(0xe9), Buffer.from('","n":1.10000000000000000001}')]);

const asking = (...paths: string[]): string =>
  `<!doctype html><p>x</p><script>(async () => { for (const path of ${JSON.stringify(paths)}) await fetch(path, { cache: 'force-cache' }).then((answer) => answer.text()).catch(() => {}); })()</script>`;

describe('answers in the background', () => {
  it('are kept as they came: large, packed, odd, from a cache, behind redirects; none without contents', async () => {
    let times = 0;
    await using site = await serve({
      '/': asking('/api/large', '/api/packed', '/api/odd', '/api/none', '/api/moved', '/api/cached', '/api/cached'),
      '/api/large': json(LARGE),
      '/api/packed': json(gzipSync(LARGE), { 'content-encoding': 'gzip' }),
      '/api/odd': json(ODD),
      '/api/none': (response) => response.writeHead(204).end(),
      '/api/moved': (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
      '/elsewhere': json('["moved"]'),
      '/api/cached': (response) => json(`[${++times}]`, { 'cache-control': 'max-age=3600' })(response),
    });
    const { artifacts, failure } = await visiting(site.url, {}, (visit) =>
      visit.answers({ url: /\/api\//, name: 'all', least: 7 }, () => visit.open('')),
    );
    expect(failure).toBeUndefined();
    expect(artifacts.map(({ name, url }) => `${name} ${new URL(url).pathname}`)).toEqual([
      'all-00001.json /api/large',
      'all-00002.json /api/packed',
      'all-00003.json /api/odd',
      'all-00004.json /api/moved',
      'all-00005.json /api/cached',
      'all-00006.json /api/cached',
    ]);
    const [large, packed, odd, moved, ...cached] = artifacts.map(({ bytes }) => bytes);
    expect([large?.equals(LARGE), packed?.equals(LARGE), odd?.equals(ODD)]).toEqual([true, true, true]);
    expect([moved, ...cached].map(String)).toEqual(['["moved"]', '[1]', '[2]']);
    expect(artifacts[0]).toMatchObject({ method: 'xhr_json', contentType: 'application/json' });
  });

  it('keep nothing where one is cut, a page, refused, a failure, or never ends', async () => {
    const [status, body] = [
      (code: number, headers = {}) =>
        (response: ServerResponse) =>
          response.writeHead(code, headers).end(),
      (begin: string, headers: Record<string, string>, then: (response: ServerResponse) => void) =>
        (response: ServerResponse) => {
          response.writeHead(200, headers).write(begin);
          then(response);
        },
    ];
    const type = { 'content-type': 'application/json' };
    const broken = {
      cut: body('{"a":', { ...type, 'content-length': '100' }, (response) => setTimeout(() => response.destroy(), 50)),
      page: body('<p>We are busy', { 'content-type': 'text/html' }, (response) => response.end()),
      refused: status(429, { 'retry-after': '7' }),
      failing: status(503),
      endless: body('{', type, () => undefined),
    };
    const pages = Object.keys(broken).map((name) => [`/${name}`, asking('/api/sound', `/api/${name}`)] as const);
    await using site = await serve({
      ...Object.fromEntries(pages),
      ...Object.fromEntries(Object.entries(broken).map(([name, answer]) => [`/api/${name}`, answer])),
      '/api/sound': json('[1]'),
    });
    const told: string[] = [];
    const { artifacts, failure } = await visiting(site.url, {}, async function* (visit) {
      for (const name of Object.keys(broken)) {
        try {
          yield* visit.answers({ url: /\/api\//, name, least: 2, seconds: name === 'page' ? 30 : 3 }, () =>
            visit.open(name),
          );
        } catch (thrown) {
          const { kind, code, retryAfterSeconds } = asTidemillError(thrown);
          told.push(`${name}: ${kind} ${code} ${retryAfterSeconds ?? ''}`.trimEnd());
        }
      }
    });
    expect([failure, artifacts]).toEqual([undefined, []]);
    expect(told).toEqual([
      'cut: transient page-slow',
      'page: source-changed page-answer-type',
      'refused: quota http-rate-limited 7',
      'failing: transient http-unavailable',
      'endless: transient page-slow',
    ]);
  });

  it('are whole where the page itself asks again after a failure, or gives one up', async () => {
    let times = 0;
    const page = `<script>
      const again = () => fetch('/api/list').then((answer) => (answer.ok ? answer.json() : again()));
      const given = new AbortController();
      fetch('/api/never', { signal: given.signal }).catch(() => {});
      again().then(() => given.abort());
    </script>`;
    await using site = await serve({
      '/': page,
      '/api/never': () => undefined,
      '/api/list': (response) => (++times < 3 ? response.writeHead(503).end() : json('[3]')(response)),
    });
    const { artifacts, failure } = await visiting(site.url, {}, (visit) =>
      visit.answers({ url: /\/api\//, name: 'list' }, () => visit.open('')),
    );
    expect([failure, artifacts.map(({ bytes }) => String(bytes))]).toEqual([undefined, ['[3]']]);
  });

  it('that never come are a page that has changed', async () => {
    await using site = await serve({ '/': asking() });
    const { failure } = await visiting(site.url, {}, (visit) =>
      visit.answers({ url: /\/api\/v2\//, name: 'list', seconds: 1 }, () => visit.open('')),
    );
    expect(failure).toMatchObject({
      kind: 'source-changed',
      code: 'page-changed',
      message: expect.stringContaining('0×'),
    });
  });
});
