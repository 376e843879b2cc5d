import { connectorContract } from '../../test/contracts/connector.ts';
import { fileSource } from '../../test/fakes/file-source.ts';

const position = (vendor: string, number: number, stance: string) => ({
  vendor,
  url: `https://example.org/${vendor}/${number}`,
  position: stance,
  concerns: stance === 'oppose' ? ['privacy'] : [],
});
const page = (slug: string, anchor: string | null = null) => ({
  slug,
  title: `\`${slug}\``,
  anchor,
  url: `https://example.org/docs/${slug}${anchor === null ? '' : `#${anchor}`}`,
});
const wpt = (id: string) => ({ url: `https://example.org/results?q=feature:${id}` });
const counter = (share: number) => ({ percentageOfPageLoad: share, url: 'https://example.org/metrics/1' });

const first = {
  grid: {
    'standards-positions': [position('mozilla', 1, 'positive'), position('apple', 2, '')],
    'mdn-docs': [page('Web/CSS/grid'), page('Web/CSS/grid', 'areas')],
    wpt: wpt('grid'),
    'chrome-use-counters': counter(0.15),
    bugs: { chrome: ['https://example.org/bug/1'] },
  },
  webusb: {
    'standards-positions': [position('mozilla', 3, 'oppose')],
    'mdn-docs': [page('Web/API/USB')],
    wpt: wpt('webusb'),
    'chrome-use-counters': counter(0.000_01),
  },
};

const later = {
  grid: { ...first.grid, 'standards-positions': [position('apple', 2, 'support')], 'mdn-docs': [page('Web/CSS/grid')] },
  a: { 'standards-positions': [], wpt: wpt('a'), 'chrome-use-counters': counter(0.5) },
};

const malformed = {
  ...first,
  odd: { 'standards-positions': [{ vendor: 7 }], 'mdn-docs': [{}], wpt: 'none', 'chrome-use-counters': { url: 'x' } },
};

const trial = (rows: number, rowsLater: number) => ({
  first: { contents: first, rows },
  later: { contents: later, rows: rowsLater },
  malformed: { contents: malformed, rows },
  paged: 'one request' as const,
  cut: JSON.stringify(first).slice(0, -1),
});

await connectorContract<object | string>('web_features_mappings', {
  module: new URL('./index.ts', import.meta.url),
  open: () =>
    fileSource({
      path: '/combined-data.json',
      contentType: 'text/plain; charset=utf-8',
      bytesOf: (contents) => (typeof contents === 'string' ? contents : JSON.stringify(contents)),
    }),
  streams: {
    vendor_positions: trial(3, 1),
    mdn_docs: trial(3, 1),
    wpt_links: trial(2, 2),
    use_counters: trial(2, 2),
  },
});
