import { describe, expect, it } from 'vitest';
import { bodyFaults } from '../../../test/fixtures/published.ts';
import { published, schemaOf } from './envelope.ts';
import { eventSchemas } from './json-schema.ts';
import { type EventKind, eventKinds } from './kind-names.ts';
import type { Said } from './kinds.ts';

const AT = '2026-11-21T06:17:00.000Z';
const job = { environment: 'prd', job: 'posts', service: 'brightdata', data_type: 'facebook_posts' };
const run = { ...job, run: 'run-1', slot: 'manual-1', attempt: 1 };
const reading = { ...run, mode: 'full', interval: { start: AT, end: AT }, started_at: AT } as const;
const ended = {
  ...{
    ...reading,
    seconds: 1.5,
    connector: '@tidemill/brightdata@0.1.0',
    records: 2,
    rejected: 0,
    packages: 1,
    bytes: 9,
  },
  inputs: [{ namespace: 'https://api.brightdata.com', name: 'brightdata.facebook_posts' }],
  outputs: [
    {
      ...{ warehouse: 'main', schema: 'brightdata', table: 'facebook_posts', columns: [{ name: 'id', type: 'text' }] },
      ...{ rows: { inserted: 2, updated: 0, unchanged: 0, deleted: 0 }, rejected: 0 },
    },
  ],
  gates: [{ gate: 'min_records', is_met: false, says: '2 records, expected at least 5' }],
};
const crawl = { ...job, crawl_id: 'posts.x.acme', snapshot_id: 's_1', platform: 'facebook', competitor: 'Acme' };
const changed = { inserted: 1, updated: 0, deleted: 0, moved: 0, split: 0 };
const failure = { kind: 'auth', code: 'http-unauthorized', message: 'no', who: 'you' };

/** One of each, with all that it must say. */
const samples: { readonly [K in EventKind]: Said<K> } = {
  'run-started': reading,
  'run-completed': { ...ended, superseded: 0 },
  'run-failed': { ...run, started_at: AT, outcome: 'failed', is_settled: true, failure },
  'package-committed': {
    ...run,
    package: 'p',
    manifest: 'bronze/a/b/dt=2026-11-21/p/manifest.json',
    records: 2,
    bytes: 9,
  },
  'data-changed': { ...run, ...changed, object: 'changes/a/b/dt=2026-11-21/p.ndjson.gz', columns: { text: 1 } },
  'schema-drift': { ...run, added: ['size'], missing: [] },
  'gate-failed': { ...run, gates: ended.gates },
  'crawl-triggered': { ...crawl, brand: 'Acme Inc.' },
  'data-ingestion-completed': { ...crawl, gcs_path: 'gs://b/raw_snapshots/x.json', post_count: 2, media_count: 0 },
  'crawl-failed': { ...crawl, error_code: 'crawl-timed-out', error_message: 'no answer' },
};

const bodyOf = (kind: EventKind, data: object) =>
  published('prd', { id: 'x', type: kind, at: AT, job: 'posts', data: { ...data } }).data;

describe.each(eventKinds)('%s', (kind) => {
  const { [kind]: sample } = samples;

  it('is what its schema says, also with a field that comes later', () => {
    expect(bodyFaults(bodyOf(kind, sample))).toEqual([]);
    expect(bodyFaults(bodyOf(kind, { ...sample, comes_later: 1 }))).toEqual([]);
  });

  it('lacks nothing that its schema asks for, and has nothing of another type', () => {
    const [, schema] = eventSchemas().find(([name]) => name === kind) ?? [];
    const { properties } = schema as { properties: { data: { required: string[] } } };
    const { required } = properties.data;
    expect(required.length).toBeGreaterThan(3);
    for (const name of required) {
      const { [name as keyof typeof sample]: _, ...rest } = sample;
      expect(bodyFaults(bodyOf(kind, rest)), `without ${name}`).not.toEqual([]);
      expect(bodyFaults(bodyOf(kind, { ...sample, [name]: { odd: [] } })), `${name} is odd`).not.toEqual([]);
    }
    for (const name of ['timestamp', 'source', 'data']) {
      const body = { ...bodyOf(kind, sample), [name]: undefined };
      expect(bodyFaults(body), `without ${name}`).not.toEqual([]);
    }
  });
});

it('a crawl that brought something says what people know it by', () => {
  expect(bodyOf('data-ingestion-completed', samples['data-ingestion-completed'])).toEqual({
    event_type: 'data-ingestion-completed',
    timestamp: AT,
    source: 'tidemill/prd',
    data: expect.objectContaining({
      ...{ crawl_id: 'posts.x.acme', snapshot_id: 's_1', gcs_path: 'gs://b/raw_snapshots/x.json' },
      ...{ post_count: 2, media_count: 0, platform: 'facebook', competitor: 'Acme' },
    }),
  });
});

it('a published event is a CloudEvent that names its schema', () => {
  const event = published('prd', { id: 'run-started:x', type: 'run-started', at: AT, job: 'posts', data: reading });
  expect(event).toMatchObject({
    ...{ specversion: '1.0', id: 'run-started:x', source: 'tidemill/prd', type: 'dev.tidemill.run-started' },
    ...{ subject: 'posts', time: AT, datacontenttype: 'application/json', partitionkey: 'prd/posts' },
  });
  const ids = eventSchemas().map(([, schema]) => (schema as { $id: string }).$id);
  expect(ids).toContain(event.dataschema);
  expect(schemaOf('run-started')).toBe(event.dataschema);
  // What an attribute's name may be: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#naming-conventions
  for (const name of Object.keys(event)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
});
