import { connectorContract } from '../../test/contracts/connector.ts';
import { npmSource } from '../../test/fakes/npm-source.ts';

const node = (support: object) => ({ __compat: { source_file: 'css/grid.json', support } });

const browser = (name: string, releases: object) => ({ name, type: 'desktop', releases });

const first = {
  __meta: { version: '1.0.1' },
  browsers: {
    chrome: browser('Chrome', {
      1: { status: 'retired', release_date: '2008-12-11' },
      200: { status: 'planned' },
    }),
    opera: browser('Opera', { 2: { status: 'retired', release_date: '1996-07-14' } }),
  },
  css: {
    grid: node({ chrome: { version_added: '57' }, opera: [{ version_added: '44' }, { version_added: '28' }] }),
  },
};

const later = {
  ...first,
  browsers: { ...first.browsers, opera: browser('Opera', {}) },
  css: {
    grid: { ...node({ chrome: { version_added: '57' } }), gap: node({ chrome: { version_added: false } }) },
  },
};

const malformed = {
  ...first,
  browsers: { ...first.browsers, lynx: browser('Lynx', { 1: { release_date: 1992 } }) },
  css: { ...first.css, broken: node({ chrome: { version_added: 57 } }) },
};

const trial = (rows: number, rowsLater: number) => ({
  options: { browsers: 'all' },
  first: { contents: first, rows },
  later: { contents: later, rows: rowsLater },
  malformed: { contents: malformed, rows },
  cut: JSON.stringify(first).slice(0, -1),
});

const { options: _, ...statements } = trial(3, 2);

await connectorContract('mdn_bcd', {
  module: new URL('./index.ts', import.meta.url),
  open: () => npmSource('@mdn/browser-compat-data'),
  streams: { browser_releases: trial(3, 2), support_statements: statements },
});
