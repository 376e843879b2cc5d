import { connectorContract } from '../../test/contracts/connector.ts';
import { npmSource } from '../../test/fakes/npm-source.ts';

const feature = (name: string, support: Readonly<Record<string, string>>, keys: readonly string[] = []) => {
  const status = { baseline: 'low', baseline_low_date: '2026-01-01', support };
  return {
    kind: 'feature',
    name,
    description: `${name}.`,
    spec: ['https://example.org/spec'],
    status: { ...status, by_compat_key: Object.fromEntries(keys.map((key) => [key, status])) },
  };
};

const first = {
  features: {
    grid: feature('Grid', { chrome: '57', safari: '10.1' }, ['css.grid', 'css.gap']),
    flexbox: feature('Flexbox', { chrome: '29' }),
    'css-grid': { kind: 'moved', redirect_target: 'grid' },
    boxes: { kind: 'split', redirect_targets: ['grid', 'flexbox'] },
  },
  groups: { css: { name: 'CSS' }, layout: { name: 'Layout', parent: 'css' } },
  snapshots: { 'css-2023': { name: 'CSS 2023', spec: 'https://example.org/2023' } },
};

const later = {
  features: {
    grid: feature('Grid', { chrome: '57', firefox: '52', safari: '10.1' }, ['css.grid']),
    subgrid: feature('Subgrid', {}),
    flexbox: { kind: 'moved', redirect_target: 'grid' },
    boxes: { kind: 'split', redirect_targets: ['grid', 'flexbox'] },
  },
  groups: { css: { name: 'Cascading Style Sheets' } },
  snapshots: {},
};

const malformed = {
  features: {
    ...first.features,
    nameless: { kind: 'feature', status: { support: { chrome: '1' }, by_compat_key: { 'css.none': {} } } },
    scattered: { kind: 'split', redirect_targets: [] },
  },
  groups: { ...first.groups, nameless: {} },
  snapshots: { ...first.snapshots, nameless: {} },
};

const trial = (rows: number, rowsLater: number) => ({
  first: { contents: first, rows },
  later: { contents: later, rows: rowsLater },
  malformed: { contents: malformed, rows },
  cut: JSON.stringify(first).slice(0, -1),
});

await connectorContract('web_features', {
  module: new URL('./index.ts', import.meta.url),
  open: () => npmSource('web-features'),
  streams: {
    features: trial(2, 2),
    moved_features: trial(3, 3),
    groups: trial(2, 1),
    snapshots: trial(1, 0),
    browser_support: trial(3, 3),
    compat_keys: trial(2, 1),
  },
});
