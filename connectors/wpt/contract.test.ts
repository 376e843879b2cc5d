import { connectorContract } from '../../test/contracts/connector.ts';
import { RELEASE, type WptContents, wptSource } from '../../test/fakes/wpt.ts';

const run = (id: number, browser: string, channel: string, hour: number, more: object = {}) => ({
  ...{ id, browser_name: browser, browser_version: '157.0', os_name: 'linux', os_version: '22.04' },
  ...{ revision: '1a2b3c4d5e', full_revision_hash: '1a2b3c4d5e'.repeat(4), labels: [browser, channel, 'master'] },
  time_start: `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`,
  ...{ time_end: '2026-11-20T23:00:00Z', created_at: '2026-11-20T23:30:00.25Z' },
  ...more,
});

const summary = {
  '/css/grid/a.html': { s: 'O', c: [5, 5] },
  '/css/grid/b.html': { s: 'O', c: [1, 2] },
  '/usb/a.https.html': { s: 'C', c: [0, 0] },
  '/css/other.html': { s: 'P', c: [0, 0] },
};
const manifest = {
  grid: ['/css/grid/a.html', '/css/grid/b.html', '/css/grid/not-run.html'],
  webusb: ['/usb/a.https.html'],
  unseen: ['/x.html'],
};

const first: WptContents = {
  runs: [1, 2, 3].map((number) => run(5_000_000_000_000_000 + number, 'chrome', 'stable', number)),
  ...{ summary, manifest },
};
const later: WptContents = {
  ...first,
  runs: [...first.runs, run(4, 'firefox', 'experimental', 1), run(5, 'chrome', 'stable', 20)],
};
const malformed: WptContents = {
  ...first,
  runs: [...first.runs, run(6, 'chrome', 'stable', 9, { time_start: '2026-11-20T25:00:00Z' })],
};
const many: WptContents = {
  ...first,
  runs: Array.from({ length: 70 }, (_, number) => run(100 + number, 'safari', 'stable', number % 24)),
};
const products = { browsers: ['chrome', 'firefox', 'safari'] };

await connectorContract<WptContents>('wpt', {
  module: new URL('./index.ts', import.meta.url),
  open: wptSource,
  streams: {
    runs: {
      options: products,
      first: { contents: first, rows: 3 },
      later: { contents: later, rows: 5 },
      malformed: { contents: malformed, rows: 3 },
    },
    feature_tests: {
      options: { release: RELEASE },
      first: { contents: first, rows: 5 },
      later: { contents: { ...first, manifest: { ...manifest, grid: ['/css/grid/a.html'], usb: [] } }, rows: 3 },
      malformed: { contents: { ...first, manifest: { ...manifest, odd: [''] } }, rows: 5 },
      paged: 'one request',
      cut: { ...first, manifest: '{"version":1,"data":{"grid":["/css' },
    },
    feature_results: {
      options: { ...products, release: RELEASE },
      first: { contents: first, rows: 6 },
      later: { contents: later, rows: 10 },
      malformed: { contents: malformed, rows: 6 },
      // The list of six products, 35 pages long for one of them, the release and the manifest, and four runs that were under way.
      paged: { contents: many, options: { ...products, release: RELEASE }, overlap: 46 },
    },
  },
});
