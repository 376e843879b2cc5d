import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { load } from '../../test/fixtures/config.ts';
import { ConfigError, FaultList } from './faults.ts';
import type { Config } from './job.ts';
import { readYaml } from './yaml-source.ts';

const MAIN = `x-daily: &daily { cron: '23 5 * * *', timezone: Europe/Berlin }
global: { timezone: UTC, retry_attempts: 3, gcs_bucket_dev: my-bucket }
environments:
  prd: { bucket: 'gs://prd', warehouse: 'prd.duckdb' }
services:
  demo: { supported_data_types: [rows, cells], serial: true }
  script: { base_path: ./x, fetch_script: fetch.py }
jobs:
  demo_rows:
    <<: *daily
    service: demo
    data_type: rows
    environment: [local, prd]
    options: { "a": [1, ~, { b: 2.5 }] }
  script_rows: { service: script, data_type: rows, dependencies: [TOKEN], expect: { min_records: 1 } }
  command:
    service: demo
    data_type: cells
    description: |
      Several
      lines
    command: [program, "--flag"]
    columns: { id: bigint, at: timestamptz }
    primary_key: [id]
`;
const GROUPS = `job_groups:
  all: ["*"]
  demo: { description: Some, jobs: [service:demo, script_rows] }
`;

/** What YAML and the schema stumble over. */
const PIECES = [
  ...'[]{},:-?!&*|>@`#%"\'\t\n\r ~<.0',
  '\r\n',
  ': ',
  '- ',
  '---\n',
  '<<: *daily\n',
  '*daily',
  '&daily ',
  '!!str ',
  '!x ',
  '__proto__',
  'constructor',
  'null',
  'jobs:',
  'demo_rows:',
  '.inf',
  '1e999',
  '99999999999999999999',
  '\u{0}',
  '\u{fffd}',
  '\u{feff}',
  '\u{2028}',
  '\u{d800}',
  '"\\',
  '[[[[',
  '}}}}',
];

const places = fc.double({ min: 0, max: 1, noNaN: true });
const edit = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: places, text: fc.constantFrom(...PIECES) }),
  fc.record({ kind: fc.constant('delete' as const), at: places, length: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant('swap' as const), at: places, with: places }),
  fc.record({ kind: fc.constant('copy' as const), at: places, to: places, length: fc.integer({ min: 1, max: 80 }) }),
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function apply(text: string, change: Edit): string {
  const at = Math.floor(change.at * text.length);
  switch (change.kind) {
    case 'insert':
      return text.slice(0, at) + change.text + text.slice(at);
    case 'delete':
      return text.slice(0, at) + text.slice(at + change.length);
    case 'swap': {
      const words = text.match(/\w+/g) ?? [];
      const [from, to] = [change.at, change.with].map((place) => words[Math.floor(place * (words.length - 1))] ?? '');
      return text.replace(from ?? '', () => to ?? '');
    }
    case 'copy': {
      const to = Math.floor(change.to * text.length);
      return text.slice(0, to) + text.slice(at, at + change.length) + text.slice(to);
    }
  }
}

const loaded = (main: string, groups: string): Config | ConfigError => {
  try {
    return load(main, groups);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
};

it('reads a damaged file, or says where it is damaged', () => {
  expect(loaded(MAIN, GROUPS)).not.toBeInstanceOf(ConfigError);
  const seen = { read: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.array(edit, { maxLength: 1 }), (edits, others) => {
      const [main, groups] = [edits.reduce(apply, MAIN), others.reduce(apply, GROUPS)];
      const outcome = loaded(main, groups);
      if (!(outcome instanceof ConfigError)) {
        seen.read += 1;
        expect(Object.keys(outcome)).toContain('jobs');
        return;
      }
      seen.refused += 1;
      expect(outcome.faults.length).toBeGreaterThan(0);
      for (const { place, message } of outcome.faults) {
        const text = place.file === 'job-groups.yaml' ? groups : main;
        const lines = text.split('\n');
        expect(place.line).toBeLessThanOrEqual(lines.length);
        expect(place.column).toBeLessThanOrEqual((lines[place.line - 1]?.length ?? 0) + 1);
        expect(Math.min(place.line, place.column)).toBeGreaterThanOrEqual(1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal.
        expect(message).not.toMatch(/[\u0000-\u001f]/);
      }
    }),
    { seed: 20261121, numRuns: 1000 },
  );
  // Both must happen, or the damage is too small or too great to find anything.
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(20);
});

it('reads any text at all, or refuses it', () => {
  const text = fc.string({ unit: fc.constantFrom(...PIECES, 'a', 'jobs', 'service'), maxLength: 60 });
  fc.assert(
    fc.property(text, (main) => {
      expect(loaded(main, '')).toBeDefined();
    }),
    { seed: 20261121, numRuns: 1000 },
  );
});

const names = fc.constantFrom('a', 'b', '1', '"<<"');
const merges = fc.constantFrom('', '<<: *x', '<<: [*y, *x, { a: 5 }]', '<<: { b: *z }, <<: *y');

/** Nodes in brackets, with anchors and aliases of three names. */
const { node } = fc.letrec<Record<'node' | 'plain' | 'list' | 'mapping', string>>((tie) => ({
  node: fc
    .tuple(fc.constantFrom('', '&x ', '&y '), fc.oneof({ maxDepth: 4 }, tie('plain'), tie('list'), tie('mapping')))
    .map(([anchor, content]) => (content.startsWith('*') ? content : anchor + content)),
  plain: fc.constantFrom('*x', '*y', '*z', '1', '-0', '.5', '0x1f', 'yes', 'true', '~', '""', "'1'", 'a b', '!!str 1'),
  list: fc.array(tie('node'), { maxLength: 3 }).map((items) => `[ ${items.join(', ')} ]`),
  mapping: fc
    .tuple(fc.dictionary(names, tie('node'), { maxKeys: 3 }), merges)
    .map(([entries, merge]) => [merge, ...Object.entries(entries).map(([name, value]) => `${name}: ${value}`)])
    .map((entries) => `{ ${entries.filter((entry) => entry !== '').join(', ')} }`),
}));

it('reads the values that the library itself would make', () => {
  const options = { schema: 'core', merge: true, stringKeys: true, uniqueKeys: false, maxAliasCount: -1 } as const;
  let read = 0;
  fc.assert(
    fc.property(node, (content) => {
      const text = `[&x { a: 1, b: 2 }, &y { b: 3, c: &z { 1: 4, a: 6 } }, ${content}]`;
      const source = readYaml('x.yaml', text, new FaultList());
      if (source === undefined) return;
      read += 1;
      expect(source.value).toEqual(parse(text, options));
    }),
    { seed: 20261121, numRuns: 1000 },
  );
  expect(read).toBeGreaterThan(500);
});
