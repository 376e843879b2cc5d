/** A connector from elsewhere, which npm gives a kit and a zod of its own, run by a bundle that has its own of both. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BundledProject, bundledProject } from './project.ts';

const CONNECTOR = `
import { connector, Decimal, numeric, stream, text, TidemillError, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

const heights = {
  name: 'heights',
  description: 'Heights of the sea.',
  source: z.object({ port: z.string(), height: z.union([z.number(), z.bigint(), z.instanceof(Decimal)]) }),
  row: z.object({
    port: text().describe('Where.'),
    height: numeric().nullable().describe('How high.'),
    at: timestamptz().describe('When.'),
  }),
  key: ['port'],
  write: 'upsert',
  method: 'api_json',
  options: z.object({ most: z.number().default(10).describe('No higher.') }),
  toRow: ({ port, height }) => ({ port, height, at: '2026-11-21T06:00:00Z' }),
};

export default connector({
  service: 'tides',
  title: 'Tides',
  homepage: 'https://tides.example',
  baseUrl: 'https://api.tides.example',
  credentials: [],
  streams: [
    stream({
      ...heights,
      cursor: { version: 1, schema: z.object({ to: z.string() }), start: { to: '' } },
      async *extract({ options, notice }) {
        notice(import.meta.resolve('@tidemill/kit'));
        yield { lines: ['{"port":"Brest","height":12345678901234567890.123456789}', '{"port":5}'], url: 'tides:' + options.most };
        yield { mark: { to: 'now' } };
      },
    }),
    stream({
      ...heights,
      name: 'busy',
      async *extract() {
        throw new TidemillError('quota', 'tides-busy', 'The sea asks to wait');
      },
    }),
    stream({
      ...heights,
      name: 'broken',
      async *extract() {
        undefined.sense;
      },
    }),
    stream({
      ...heights,
      name: 'rowless',
      async *extract() {
        yield { lines: ['{"port":"Brest","height":1}'], url: 'tides:' };
      },
      toRow: ({ port }) => port.harbour.name,
    }),
  ],
});
`;

const PACKAGE = {
  name: '@example/tides',
  version: '1.2.3',
  type: 'module',
  exports: './index.js',
  tidemill: { credentials: [] },
  dependencies: { '@tidemill/kit': '0.1.0', zod: '^4' },
};

const ROWLESS = /rejected.*: to-row-failed: expected a row, but tides\/index\.js:\d+:\d+ throws \(1×\)/i;

const job = (data_type: string, more: object = {}): object => ({ service: 'tides', data_type, ...more });
const CONFIG = {
  global: { retry_attempts: 1, max_reject_ratio: 1 },
  services: { tides: { package: '@example/tides' } },
  jobs: {
    heights: job('heights', { options: { most: 7 } }),
    busy: job('busy'),
    broken: job('broken'),
    rowless: job('rowless'),
  },
};

let project: BundledProject;

beforeAll(async () => {
  project = await bundledProject(
    {
      'node_modules/@example/tides/package.json': JSON.stringify(PACKAGE),
      'node_modules/@example/tides/index.js': CONNECTOR,
      'ingestion-config.yaml': JSON.stringify(CONFIG),
    },
    ['@tidemill/kit', 'zod', '@duckdb'],
  );
});

describe('a connector from elsewhere', () => {
  it('is read with a kit of its own: its rows loaded, every digit of its numbers kept, its rejects counted', async () => {
    const ran = await project.run(['run', 'heights', '--json']);
    expect(ran.exit, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout).results).toMatchObject([
      { job: 'heights', result: 'done', totals: { records: 2, rejected: 1, inserted: 1 } },
    ]);
    const asked = await project.run(['query', 'SELECT port, height::text AS height FROM tides.heights', '--json']);
    expect(asked.stdout, asked.stderr).toContain('12345678901234567890.123456789');
    expect(JSON.stringify(JSON.parse(ran.stdout)) + ran.stderr).toContain('/connectors/_kit/index.ts');
  });

  it('has its options checked before anything runs', async () => {
    const jobs = { heights: job('heights', { options: { least: 7 } }) };
    await writeFile(join(project.folder, 'wrong.yaml'), JSON.stringify({ ...CONFIG, jobs }));
    const { exit, stdout, stderr } = await project.run(['validate', '--config', 'wrong.yaml']);
    expect([exit, stdout + stderr]).toEqual([2, expect.stringContaining('least')]);
  });

  it('says who must act, in words that are known: a source that asks to wait is no bug', async () => {
    const ran = await project.run(['run', 'busy', '--json']);
    expect([ran.exit, ran.stderr]).toEqual([4, expect.any(String)]);
    expect(JSON.parse(ran.stdout).results).toMatchObject([{ failure: { kind: 'quota', code: 'tides-busy' } }]);
  });

  it('with a mistake in it has a trace with its own line, and those of our sources', async () => {
    const ran = await project.run(['run', 'broken', '--json']);
    expect(ran.exit).toBe(1);
    const { results } = JSON.parse(ran.stdout);
    const trace = JSON.stringify(results);
    expect(trace).toMatch(/@example\/tides\/index\.js:\d+/);
    expect(trace).toMatch(/orchestrator\/run\/[\w/-]+\.ts:\d+/);
  });

  it('with a mistake in it says to a person which line it is, and that it may be theirs who maintain it', async () => {
    const { stdout } = await project.run(['run', 'broken']);
    expect(stdout).toMatch(/who maintains Tidemill, or the connector.*\n +at .*@example\/tides\/index\.js:\d+:\d+/);
    expect(await project.run(['run', 'rowless']).then((ran) => ran.stdout)).toMatch(ROWLESS);
    expect(await project.run(['quarantine', 'rowless']).then((ran) => ran.stdout)).toContain('tides/index.js:');
  });
});
