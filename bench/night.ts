/** The jobs of the web platform in a night without news: what they ask, and what that takes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileSource } from '../test/fakes/file-source.ts';
import { startNpmRegistry } from '../test/fakes/npm-registry.ts';
import { RELEASE, wptSource } from '../test/fakes/wpt.ts';
import { LEG_FLAGS, withFleet } from './fleet.ts';
import { type Child, CLI, cpu, ms, type Row, runNode, times } from './measure.ts';

const MODULES = resolve(import.meta.dirname, '../node_modules');
const FEATURES = ['features', 'moved_features', 'groups', 'snapshots', 'browser_support', 'compat_keys'];
const MAPPINGS = ['vendor_positions', 'mdn_docs', 'wpt_links', 'use_counters'];
/** As wpt asks if nobody says otherwise: six browsers, stable and experimental. */
const LISTS = 12;
/** One a stream of a file or a data set, and one a list. */
const FEWEST = FEATURES.length + 2 + MAPPINGS.length + 2 + 1 + 2 * LISTS;

const MAPPING = { grid: { 'standards-positions': [], 'mdn-docs': [], wpt: { url: 'https://example.org/' } } };
const ENUMS =
  '<histogram-configuration><enums><enum name="WebDXFeatureObserver"><int value="1" label="Grid"/></enum></enums></histogram-configuration>';

const PLAIN = 'text/plain; charset=utf-8';

const files = {
  web_features_mappings: { path: '/combined-data.json', contentType: PLAIN, text: JSON.stringify(MAPPING) },
  developer_signals: {
    path: '/web-features-signals.json',
    contentType: 'application/json; charset=utf-8',
    text: '{"grid":{"url":"https://example.org/issues/1","votes":1}}',
  },
  chromium_enums: { path: '/enums.xml?format=TEXT', contentType: PLAIN, text: Buffer.from(ENUMS).toString('base64') },
};

const jobsOf = (service: string, types: readonly string[], options: object = {}) =>
  Object.fromEntries(types.map((data_type) => [`${service}_${data_type}`, { service, data_type, options }]));

/** Throws when a job has found something new. */
export const nightRow = (): Promise<Row> =>
  withFleet(async (env) => {
    const asked = { requests: 0 };
    const registry = await startNpmRegistry();
    await registry.publish({ name: 'web-features', version: '1.0.0', files: join(MODULES, 'web-features') });
    await registry.publish({
      name: '@mdn/browser-compat-data',
      version: '1.0.0',
      files: join(MODULES, '@mdn/browser-compat-data'),
    });
    const system = await registry.system();
    const open: { close(): Promise<void> }[] = [];
    const counted = async (target = ''): Promise<{ base_url: string }> => {
      const counter = await countingServer(target, asked);
      open.push(counter);
      return { base_url: counter.url };
    };
    const services: Record<string, object> = { web_features: {}, mdn_bcd: {} };
    for (const [name, { path, contentType, text }] of Object.entries(files)) {
      const source = await fileSource<string>({ path, contentType, bytesOf: String });
      source.publish(text);
      open.push(source);
      services[name] = await counted(source.baseUrl);
    }
    const wpt = await wptSource();
    const run = { id: 1, browser_name: 'chrome', browser_version: '157', labels: ['chrome', 'stable'] };
    const time_start = new Date(Date.now() - 86_400_000).toISOString();
    await wpt.publish({
      runs: [{ ...run, time_start }],
      summary: { '/a': { s: 'O', c: [1, 1] } },
      manifest: { grid: ['/a'] },
    });
    open.push(wpt);
    services['wpt'] = await counted(wpt.baseUrl);
    const jobs = {
      ...jobsOf('web_features', FEATURES),
      ...jobsOf('mdn_bcd', ['browser_releases', 'support_statements']),
      ...jobsOf('web_features_mappings', MAPPINGS),
      ...jobsOf('developer_signals', ['votes']),
      ...jobsOf('chromium_enums', ['enum_values']),
      ...jobsOf('wpt', ['runs']),
      ...jobsOf('wpt', ['feature_results', 'feature_tests'], { release: RELEASE }),
    };
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
    const file = join(folder, 'ingestion-config.yaml');
    await writeFile(file, JSON.stringify({ services, jobs }));
    const night = (): Promise<Child> =>
      runNode([...LEG_FLAGS, CLI, 'run', '*', '--json', '--config', file], { ...env, ...system.env });
    await night();
    asked.requests = 0;
    registry.forget();
    const quiet = await night();
    const requests = asked.requests + registry.requests.length;
    for (const one of open.reverse()) await one.close();
    await registry[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
    const { results } = JSON.parse(quiet.stdout) as { results: { job: string; totals: { packages: number } }[] };
    const busy = results.filter(({ totals }) => totals.packages > 0).map(({ job }) => job);
    if (busy.length > 0) throw new Error(`in a night without news there is some of ${busy.join(', ')}`);
    return rowOf(quiet, requests, results.length);
  });

function rowOf({ cpuSeconds, milliseconds }: Child, requests: number, jobs: number): Row {
  return {
    what: `a night without news of ${jobs} jobs of the web platform, on one machine`,
    measured: `${requests} requests, ${cpu(cpuSeconds)} in ${ms(milliseconds)}`,
    limit: `${FEWEST} requests: one a file, data set and list`,
    ratio: times(requests / FEWEST),
    budget: '≤ 1 ×',
    isMet: requests <= FEWEST,
    judgedBy: 'work',
  };
}

/** Hands requests on, and counts them. */
async function countingServer(target: string, count: { requests: number }) {
  const server = createServer(async (request, response) => {
    count.requests += 1;
    const { host: _, connection: __, ...headers } = request.headers as Record<string, string>;
    const answer = await fetch(target + (request.url ?? ''), { headers, redirect: 'manual' });
    const kept = [...answer.headers].filter(
      ([name]) => !/^(content-encoding|content-length|transfer-encoding|connection)$/.test(name),
    );
    response.writeHead(answer.status, Object.fromEntries(kept));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
