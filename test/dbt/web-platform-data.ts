/** A small web platform, invented: what each of its sources says at first. */
import type { WptContents } from '../fakes/wpt.ts';

const feature = (support: Readonly<Record<string, string>>, more: object = {}) => ({
  kind: 'feature',
  name: 'A feature',
  description: 'It does something.',
  description_html: 'It does <em>something</em>.',
  spec: ['https://example.org/spec'],
  status: { baseline: false, support },
  ...more,
});

/** Groups `deep-00` and on, each in the next. */
const chain = (length: number) =>
  Object.fromEntries(
    Array.from({ length }, (_, number) => [
      name(number),
      { name: name(number), ...(number + 1 < length ? { parent: name(number + 1) } : {}) },
    ]),
  );
const name = (number: number): string => `deep-${String(number).padStart(2, '0')}`;

export const webFeatures = {
  features: {
    grid: feature({ chrome: '≤1', firefox: '1' }, { group: ['layout', 'css'], snapshot: ['css-2023'] }),
    subgrid: feature({ chrome: '2' }, { group: ['tracks'], spec: ['https://example.org/a', 'https://example.org/b'] }),
    'grid-lanes': feature({}),
    'canvas-2d': feature({}),
    'canvas-2d-alpha': feature({}),
    floats: feature(
      { chrome: '1' },
      {
        discouraged: {
          reason: 'There is a better way.',
          reason_html: 'There is a <em>better</em> way.',
          according_to: ['https://example.org/notice'],
          alternatives: ['grid', 'subgrid'],
        },
      },
    ),
    ringed: feature({}, { group: ['ring-a'] }),
    deep: feature({}, { group: ['deep-00'] }),
    masonry: { kind: 'moved', redirect_target: 'grid-lanes' },
    gone: { kind: 'moved', redirect_target: 'nowhere' },
    'text-style': { kind: 'split', redirect_targets: ['grid', 'subgrid'] },
  },
  groups: {
    css: { name: 'CSS' },
    layout: { name: 'Layout', parent: 'css' },
    tracks: { name: 'Tracks', parent: 'layout' },
    'ring-a': { name: 'A', parent: 'ring-b' },
    'ring-b': { name: 'B', parent: 'ring-a' },
    ...chain(13),
  },
  snapshots: { 'css-2023': { name: 'CSS 2023', spec: 'https://example.org/2023' } },
};

const release = (release_date?: string) => ({ status: 'current', ...(release_date && { release_date }) });
const browser = (title: string, releases: object) => ({ name: title, type: 'desktop', releases });

export const browserCompatData = {
  browsers: {
    chrome: browser('Chrome', {
      1: release('2020-01-01'),
      2: release('2021-01-01'),
      3: release(),
      4: release('2999-01-01'),
    }),
    firefox: browser('Firefox', { 1: release('2020-06-01') }),
  },
};

export const signals = Object.fromEntries(
  Object.entries({ grid: 10, masonry: 120, 'grid-lanes': 7, 'text-style': 3, gone: 2, unheard: 1 }).map(
    ([id, votes]) => [id, { url: `https://example.org/${id}`, votes }],
  ),
);

const mozilla = { vendor: 'mozilla', url: 'https://example.org/positions/1', concerns: [] };

export const mappings = {
  masonry: { 'standards-positions': [{ ...mozilla, position: 'defer' }] },
  'grid-lanes': { 'standards-positions': [{ ...mozilla, position: 'positive' }] },
  unheard: { 'standards-positions': [{ ...mozilla, position: 'neutral' }] },
};

export const enums = (values: Readonly<Record<string, string>>): string =>
  `<histogram-configuration><enums><enum name="WebDXFeatureObserver">${Object.entries(values)
    .map(([value, label]) => `<int value="${value}" label="${label}"/>`)
    .join('')}</enum></enums></histogram-configuration>`;

export const labels = {
  0: 'PageVisits',
  1: 'Grid',
  2: 'DRAFT_Subgrid',
  201: 'Canvas2d',
  202: 'Canvas_2dAlpha',
  203: 'OBSOLETE_Canvas_2d',
  204: 'Masonry',
  205: 'TextStyle',
  206: 'Unheard',
};

const run = (id: number, browser_name: string, time_start: string) => ({
  ...{ id, browser_name, browser_version: '1.0', labels: [browser_name, 'stable'], time_start },
  ...{ time_end: time_start, created_at: time_start },
});

const results = {
  '/a.html': { s: 'O', c: [1, 1] },
  '/b.html': { s: 'O', c: [0, 1] },
} as const;

export const wpt: WptContents = {
  // The newest of firefox has a lower number than the one before; two of chrome began together.
  runs: [
    run(12, 'chrome', '2026-11-20T01:00:00Z'),
    run(11, 'chrome', '2026-11-20T01:00:00Z'),
    run(10, 'chrome', '2026-11-19T23:00:00Z'),
    run(9, 'firefox', '2026-11-20T01:00:00Z'),
    run(5, 'firefox', '2026-11-20T02:00:00Z'),
  ],
  summary: results,
  manifest: { grid: ['/a.html'], 'grid-lanes': ['/a.html'], masonry: ['/b.html'], unheard: ['/b.html'] },
};

/** One that is read later and began earlier, and one that began later. */
export const laterRuns = [run(20, 'chrome', '2026-11-19T22:00:00Z'), run(21, 'firefox', '2026-11-20T03:00:00Z')];
