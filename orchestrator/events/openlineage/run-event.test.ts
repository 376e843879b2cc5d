import { expect, it } from 'vitest';
import { eventsOf } from '../../../test/contracts/events-check.ts';
import { lineageFaults } from '../../../test/fakes/lineage-collector.ts';
import { completed, failed, started } from '../../../test/fixtures/run-events.ts';
import type { PublishedEvent } from '../published/envelope.ts';
import { eventKinds } from '../published/kind-names.ts';
import { type RunEvent, runEventOf } from './run-event.ts';
import { runIdOf } from './run-id.ts';

/** One that any collector takes. */
function told(event: PublishedEvent, namespace?: string): RunEvent {
  const said = runEventOf(event, namespace);
  expect(lineageFaults(said)).toEqual([]);
  return said as RunEvent;
}

const FAILURE = {
  kind: 'auth',
  code: 'http-unauthorized',
  message: 'It does not know us',
  hint: 'Log in.',
  who: 'you',
};

it.each([
  [started(), 'START'],
  [completed(), 'COMPLETE'],
  [failed({ failure: FAILURE }), 'FAIL'],
  [failed({ outcome: 'stopped' }), 'ABORT'],
  [failed({ outcome: 'died' }), 'FAIL'],
])('a run tells how it is', (event, eventType) => {
  expect(told(event)).toMatchObject({
    eventType,
    eventTime: event.time,
    job: { namespace: 'tidemill/prd', name: 'shop_orders' },
  });
});

it('what is no beginning and no end of a run is nothing', () => {
  const others = eventsOf(2 * eventKinds.length).filter(({ data }) => !/^run-/.test(data.event_type));
  expect(others.length).toBeGreaterThan(0);
  expect(others.map((event) => runEventOf(event))).toEqual(others.map(() => undefined));
});

it('a run has one id from its beginning to its end, and shares it with none', () => {
  const [begun, ended] = [told(started()), told(completed())];
  expect(begun.run.runId).toBe(ended.run.runId);
  const others = [{ run: 'x' }, { slot: 'manual-1' }, { job: 'x' }, { environment: 'dev' }, { run: 'a/b' }];
  const ids = [begun, ...others.map((other) => told(started(other)))].map(({ run }) => run.runId);
  expect(new Set(ids).size).toBe(ids.length);
});

it('a run that goes on where another one was parked is that one', () => {
  const first = told(started({ run: 'first' }));
  expect(told(started({ run: 'second', continues: 'first' })).run.runId).toBe(first.run.runId);
  expect(told(completed({ run: 'second', continues: 'first' })).run.runId).toBe(first.run.runId);
});

it('makes ids as the RFC has them', () => {
  // As Python's uuid5 makes it of the URL `tidemill:run/prd/shop_orders/a%2Fb`.
  expect(runIdOf('prd', 'shop_orders', 'a/b')).toBe('79d5062d-3d81-5802-8314-bb833b8c5240');
  expect(runIdOf('a', 'b/c')).not.toBe(runIdOf('a/b', 'c'));
});

it('says when, by whom and with what a run was', () => {
  const { run, job, producer } = told(started({ description: 'Orders of the shop.' }));
  expect(run.facets).toMatchObject({
    nominalTime: { nominalStartTime: '2026-11-20T06:00:00.000Z', nominalEndTime: '2026-11-21T06:00:00.000Z' },
    processing_engine: { name: 'Tidemill', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
    executionParameters: {
      parameters: [
        { key: 'slot', value: '2026-11-21T06:00:00.000Z' },
        { key: 'attempt', value: '1' },
        { key: 'mode', value: 'incremental' },
        { key: 'commit', value: 'c0ffee' },
      ],
    },
  });
  expect(job.facets).toMatchObject({
    jobType: { processingType: 'BATCH', integration: 'TIDEMILL' },
    documentation: { description: 'Orders of the shop.' },
  });
  expect(producer).toMatch(/^pkg:npm\/tidemill@\d/);
  expect(job.facets['jobType']?._schemaURL).toBe(
    'https://openlineage.io/spec/facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet',
  );
});

it('says what was read and written, and what was asked of it', () => {
  const { inputs, outputs, run } = told(completed());
  expect(inputs).toMatchObject([
    {
      ...{ namespace: 'https://shop.example.org', name: 'shop.orders' },
      facets: { dataSource: { name: 'https://shop.example.org', uri: 'https://shop.example.org/api/v2' } },
      inputFacets: {
        inputStatistics: { rowCount: 13 },
        dataQualityAssertions: {
          assertions: [
            { assertion: 'max_reject_ratio', success: true, params: { records: 13, rejected: 1 } },
            { assertion: 'min_records', success: false, description: '13 records, expected at least 20', actual: '13' },
          ],
        },
      },
    },
  ]);
  expect(outputs).toMatchObject([
    {
      ...{ namespace: 'bigquery', name: 'my-project.silver.shop__orders' },
      facets: {
        datasetType: { datasetType: 'TABLE' },
        dataSource: { name: 'bigquery', uri: 'bigquery://my-project/silver' },
        schema: {
          fields: [
            { name: 'id', type: 'bigint' },
            { name: 'total', type: 'numeric' },
          ],
        },
      },
      outputFacets: { outputStatistics: { rowCount: 9 } },
    },
  ]);
  expect(run.facets['test']).toMatchObject({
    tests: [
      { name: 'max_reject_ratio', status: 'pass' },
      { name: 'left_out', status: 'pass' },
      { name: 'min_records', status: 'fail', description: '13 records, expected at least 20' },
    ],
  });
});

const outputOf = (more: object) => ({
  ...{ warehouse: 'main', schema: 'shop', table: 'orders', columns: [], rejected: 0 },
  rows: { inserted: 0, updated: 0, unchanged: 0, deleted: 0 },
  ...more,
});

it('says where columns come from only where the configuration does', () => {
  expect(told(completed()).outputs[0]?.facets).not.toHaveProperty('columnLineage');
  const columns = [
    { name: 'id', type: 'bigint', from: 'id' },
    { name: 'city', type: 'text', from: 'address.city' },
    { name: 'read_at', type: 'timestamptz' },
  ];
  const { inputs, outputs } = told(
    completed({
      inputs: [{ namespace: 'command', name: 'shop.orders' }],
      outputs: [outputOf({ url: '/data/silver.duckdb', columns })],
    }),
  );
  const input = { namespace: 'tidemill/prd', name: 'shop.orders' };
  expect(inputs).toMatchObject([
    { ...input, facets: { schema: { fields: [{ name: 'id' }, { name: 'address.city' }] } } },
  ]);
  expect(inputs[0]?.facets).not.toHaveProperty('dataSource');
  const from = (field: string) => ({ inputFields: [{ ...input, field, transformations: [{ type: 'DIRECT' }] }] });
  expect(outputs[0]?.facets['columnLineage']).toMatchObject({ fields: { id: from('id'), city: from('address.city') } });
  expect(JSON.stringify(outputs[0]?.facets['columnLineage'])).not.toContain('read_at');
});

it('a table of a driver that gives it no name is called by its URL', () => {
  const at = (url: string) => told(completed({ outputs: [outputOf({ url })] })).outputs[0];
  expect(at('memo://host:1/below')).toMatchObject({ namespace: 'memo://host:1', name: 'below.shop.orders' });
  expect(at('/data/a lake.db')).toMatchObject({
    ...{ namespace: 'file', name: '/data/a%20lake.db/shop/orders' },
    facets: { dataSource: { uri: 'file:///data/a%20lake.db' } },
  });
});

it('files of the lake are Iceberg, and no namespace has a sign that Marquez refuses', () => {
  const dataset = { namespace: 'duckdb:///data/größe 1', name: 'größe 1.shop.orders' };
  const storage = { layer: 'iceberg', format: 'parquet' };
  const outputs = [outputOf({ url: 'gs://b', dataset }), outputOf({ url: 'gs://b', dataset: { ...dataset, storage } })];
  const [plain, files] = told(completed({ outputs }), 'Umsatz größer').outputs;
  expect(plain).toMatchObject({ namespace: 'duckdb:///data/gr__e_1', name: 'größe 1.shop.orders' });
  expect(plain?.facets).not.toHaveProperty('storage');
  expect(files?.facets['storage']).toMatchObject({ storageLayer: 'iceberg', fileFormat: 'parquet' });
  expect(told(started(), 'Umsatz größer').job.namespace).toBe('Umsatz_gr__er');
});

it('a run that has loaded nothing tells of no data', () => {
  const nowhere = completed({ outputs: [outputOf({})] });
  expect(told(nowhere)).toMatchObject({ inputs: [], outputs: [] });
  expect(told(failed({ failure: FAILURE }))).toMatchObject({ inputs: [], outputs: [] });
});

it('says why a run has failed, and of one that was stopped nothing', () => {
  const faultOf = (event: PublishedEvent) => told(event).run.facets['errorMessage'];
  expect(faultOf(failed({ failure: FAILURE }))).toMatchObject({
    ...{ message: 'It does not know us (http-unauthorized). Log in.', programmingLanguage: 'TypeScript' },
  });
  expect(faultOf(failed({ outcome: 'died' }))).toMatchObject({ message: expect.stringContaining('without a word') });
  expect(faultOf(failed({ outcome: 'stopped' }))).toBeUndefined();
});

it('a gate that was asked of each warehouse is one assertion', () => {
  const gates = [
    { gate: 'max_delete_ratio', is_met: false, says: 'in a: 9 of 9' },
    { gate: 'max_delete_ratio', is_met: false, says: 'in b: 9 of 9' },
  ];
  expect(told(completed({ gates })).inputs[0]?.inputFacets?.['dataQualityAssertions']).toMatchObject({
    assertions: [{ assertion: 'max_delete_ratio', success: false, description: 'in a: 9 of 9; in b: 9 of 9' }],
  });
});
