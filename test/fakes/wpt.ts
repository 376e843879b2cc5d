/**
 * wpt.fyi's list of runs, the summaries that it leads to, and the release at GitHub that says which tests are of which feature, all at
 * one address: https://github.com/web-platform-tests/wpt.fyi/blob/main/api/README.md
 */
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { SourceFake } from '../contracts/connector.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export interface FakeRun {
  readonly id: string | number;
  readonly browser_name: string;
  readonly labels: readonly string[];
  readonly time_start: string;
  readonly [more: string]: unknown;
}

export interface WptContents {
  readonly runs: readonly FakeRun[];
  /** Of every run; in place of a summary, a text is its bytes. */
  readonly summary: Readonly<Record<string, { readonly s: string; readonly c: readonly number[] }>> | string;
  /** Tests by feature; a text is the bytes of the file before it is packed. */
  readonly manifest: Readonly<Record<string, readonly string[]>> | string;
}

/** Where the connector's option `release` leads to in the fake. */
export const RELEASE = 'repos/web-platform-tests/wpt/releases/latest';

const BYTES = { 'content-type': 'application/octet-stream' };

/** Pages are short, so that a test has several. */
const PER_PAGE = 2;

export async function wptSource(): Promise<SourceFake<WptContents>> {
  const server = await startFakeHttp();
  // As GitHub does it, the asset is at another address than what leads there.
  const storage = await startFakeHttp();
  return {
    baseUrl: server.url,
    publish(contents) {
      server.serve((request) => answer(request, contents, server.url, storage.url));
      const { manifest } = contents;
      const file = typeof manifest === 'string' ? manifest : JSON.stringify({ version: 1, data: manifest });
      storage.serve(({ path }) => (path === '/stored' ? { headers: BYTES, body: gzipSync(file) } : undefined));
    },
    async close() {
      await Promise.all([server.close(), storage.close()]);
    },
  };
}

function answer(
  request: SeenRequest,
  { runs, summary, manifest }: WptContents,
  url: string,
  storage: string,
): Reply | undefined {
  const { path } = request;
  if (path === '/api/runs') return list(request, runs, url);
  if (path === `/${RELEASE}`) {
    const asset = { name: 'WEB_FEATURES_MANIFEST-1a2b3c.json.gz', label: 'WEB_FEATURES_MANIFEST.json.gz' };
    const assets = [
      { name: 'MANIFEST-1a2b3c.json.gz', label: 'MANIFEST.json.gz', browser_download_url: `${url}/other` },
      { ...asset, browser_download_url: `${url}/manifest` },
    ];
    // Of the release that was asked for before nothing more is said.
    const etag = `W/"${hash('sha256', JSON.stringify(manifest))}"`;
    if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
    return { json: { tag_name: 'merge_pr_1', assets }, headers: { etag } };
  }
  if (path === '/manifest') return { status: 302, headers: { location: `${storage}/stored?ticket=1` } };
  if (!/^\/\d+-summary_v2\.json\.gz$/.test(path)) return undefined;
  const text = typeof summary === 'string' ? summary : JSON.stringify(summary);
  return { headers: BYTES, body: gzipSync(text) };
}

/** By the rules of https://github.com/web-platform-tests/wpt.fyi/blob/main/shared/test_run_filter.go */
function list({ query }: SeenRequest, runs: readonly FakeRun[], url: string): Reply | undefined {
  const { page, product, from, to } = query;
  const asked =
    page === undefined ? { product, from, to, offset: 0 } : JSON.parse(Buffer.from(page, 'base64').toString());
  const [, browser = '', channel = ''] = /^(\w+)\[(\w+)\]$/.exec(asked.product) ?? [];
  const isAsked = (start: number): boolean =>
    Number.isNaN(start) || (start >= Date.parse(asked.from) && !(start >= Date.parse(asked.to)));
  const found = runs
    .filter((run) => run.browser_name === browser && run.labels.includes(channel))
    .filter(({ time_start: start }) => isAsked(Date.parse(start)))
    .sort((a, b) => b.time_start.localeCompare(a.time_start))
    .slice(asked.offset, asked.offset + PER_PAGE);
  if (found.length === 0) return { status: 404, json: [] };
  const next = found.length < PER_PAGE ? spanBefore(asked) : { ...asked, offset: asked.offset + PER_PAGE };
  return {
    headers: { 'wpt-next-page': Buffer.from(JSON.stringify(next)).toString('base64url') },
    json: found.map((run) => ({ ...run, results_url: `${url}/${run.id}-summary_v2.json.gz` })),
  };
}

/** What the server has as the next page, where no run is left in the span. */
function spanBefore(asked: { readonly from: string; readonly to?: string }): object {
  const from = Date.parse(asked.from);
  const span = (asked.to === undefined ? Date.now() : Date.parse(asked.to)) - from;
  return { ...asked, from: new Date(from - span).toISOString(), to: new Date(from - 1).toISOString() };
}
