import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LineageCollector, startCollector } from '../fakes/lineage-collector.ts';
import { clientFaults, facetsOf, SCHEMAS, schemaFaults, sendByClient } from './oracle.ts';
import { type Told, toldOfRuns } from './run-events.ts';

const KEY = 'open-sesame';

let collector: LineageCollector;
let told: Told;

beforeAll(async () => {
  collector = await startCollector({ key: KEY, faultsOf: schemaFaults });
  told = await toldOfRuns(collector.url, KEY, () => [...collector.events]);
});
afterAll(() => collector.http.close());

interface Event {
  readonly eventType: string;
  readonly run: { readonly runId: string };
  readonly job: { readonly name: string };
}

const eventsOf = (job: string): Event[] => (told.events as Event[]).filter((event) => event.job.name === job);

describe('run events of real runs', () => {
  it('are taken by a collector that holds them to the specification', () => {
    expect(collector.refusals).toEqual([]);
    expect(new Set(collector.http.requests.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(['POST /api/v1/lineage']),
    );
  });

  it.each([
    ['shop_orders', ['START', 'COMPLETE']],
    ['shop_few', ['START', 'COMPLETE']],
    ['shop_nothing', ['START', 'COMPLETE']],
    ['shop_broken', ['START', 'FAIL']],
    ['shop_cut', ['START', 'FAIL']],
    ['things', ['START', 'COMPLETE']],
    ['shop_slow', ['START', 'ABORT']],
  ])('begin and end a run of %s, under one id', (job, types) => {
    const events = eventsOf(job);
    expect(events.map(({ eventType }) => eventType)).toEqual(types);
    expect(new Set(events.map(({ run }) => run.runId)).size).toBe(1);
  });

  it('are accepted by the classes of the official client, to the last field', async () => {
    expect((await clientFaults(told.events)).flat()).toEqual([]);
  });

  it('say of data what there is to say', () => {
    const named = new Set(told.events.flatMap((event) => facetsOf(event).map(({ name }) => name)));
    expect([...named].sort()).toEqual([
      'ColumnLineageDatasetFacet',
      'DataQualityAssertionsDatasetFacet',
      'DatasetTypeDatasetFacet',
      'DatasourceDatasetFacet',
      'DocumentationJobFacet',
      'ErrorMessageRunFacet',
      'ExecutionParametersRunFacet',
      'InputStatisticsInputDatasetFacet',
      'JobTypeJobFacet',
      'NominalTimeRunFacet',
      'OutputStatisticsOutputDatasetFacet',
      'ProcessingEngineRunFacet',
      'SchemaDatasetFacet',
      'StorageDatasetFacet',
      'TestRunFacet',
    ]);
    expect([...named].filter((name) => SCHEMAS.has(name)).length, 'judged by their schemas, too').toBe(8);
    expect(eventsOf('shop_orders')[1]).toMatchObject({
      inputs: [
        {
          ...{ namespace: 'tidemill/local', name: 'shop.orders' },
          inputFacets: {
            inputStatistics: { rowCount: 3 },
            dataQualityAssertions: {
              assertions: [
                { assertion: 'max_reject_ratio', success: true, params: { records: 3, rejected: 1 } },
                {},
                {},
              ],
            },
          },
        },
      ],
      outputs: [
        {
          ...{ namespace: expect.stringMatching(/^duckdb:\/\/\/.*silver\.duckdb$/), name: 'silver.shop.orders' },
          outputFacets: { outputStatistics: { rowCount: 2 } },
        },
        { namespace: 'file', name: expect.stringMatching(/\/silver\/shop\/orders$/), facets: { storage: {} } },
      ],
    });
    expect(eventsOf('things')[1]).toMatchObject({
      inputs: [{ namespace: 'https://edition.example', name: 'edition.things' }],
    });
  });

  it('lie in the bucket as they are sent', () => {
    const sorted = (events: readonly unknown[]): string[] => events.map((event) => JSON.stringify(event)).sort();
    expect(sorted(told.objects)).toEqual(sorted(told.events));
  });

  it('are on the wire what the client sends itself', async () => {
    const other = await startCollector({ key: KEY, faultsOf: schemaFaults });
    await sendByClient(told.events, { OPENLINEAGE_URL: other.url, OPENLINEAGE_API_KEY: KEY });
    await other.http.close();
    expect(other.refusals).toEqual([]);
    expect(withoutNothing(other.events)).toEqual(withoutNothing(told.events));
    const [ours, theirs] = [collector, other].map(({ http }) => http.requests.at(-1)?.headers ?? {});
    for (const header of ['authorization', 'content-type']) expect(ours?.[header]).toBe(theirs?.[header]);
  });
});

/** Without empty lists and mappings, and the client's own version, all of which it adds. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value)
    .filter(([, one]) => !JSON.stringify(one).includes('"OPENLINEAGE_CLIENT"') || !isFacet(one))
    .map(([name, one]) => [name, withoutNothing(one)] as const);
  return Object.fromEntries(fields.filter(([, one]) => JSON.stringify(one) !== '[]' && JSON.stringify(one) !== '{}'));
}

const isFacet = (value: unknown): boolean => typeof value === 'object' && value !== null && '_schemaURL' in value;

/** Where in an event, and what stands there instead; undefined takes it away. */
const BREAKS: readonly (readonly [string, unknown])[] = [
  ['eventTime', undefined],
  ['eventTime', '2026-11-21'],
  ['eventType', 'DONE'],
  ['producer', undefined],
  ['schemaURL', 'https://openlineage.io/spec/1-0-0/OpenLineage.json#/$defs/RunEvent'],
  ['run.runId', 'shop_orders-1'],
  ['job.namespace', undefined],
  ['job.name', 7],
  ['job.facets.jobType.integration', undefined],
  ['job.facets.jobType.colour', 'red'],
  ['job.facets.jobType._producer', undefined],
  ['job.facets.kindOfJob', { _producer: 'urn:x', _schemaURL: 'https://x.example/KindOfJobFacet' }],
  ['run.facets.nominalTime.nominalStartTime', undefined],
  ['run.facets.test.tests.0.status', undefined],
  [
    'run.facets.processing_engine._schemaURL',
    'https://openlineage.io/spec/facets/9-9-9/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet',
  ],
  ['run.facets.executionParameters.parameters.0.value', 1],
  ['inputs.0.inputFacets.inputStatistics.rowCount', '3'],
  ['inputs.0.inputFacets.dataQualityAssertions.assertions.0.success', 'yes'],
  ['outputs.0.namespace', undefined],
  ['outputs.0.facets.schema.fields.0.name', undefined],
  ['outputs.0.facets.columnLineage.fields.id.inputFields', undefined],
  ['outputs.0.facets.dataSource.uri', 'no uri'],
  ['outputs.0.outputFacets.outputStatistics.rowCount', 1.5],
  ['outputs.1.facets.storage.storageLayer', undefined],
];

function broken(event: unknown, path: string, value: unknown): unknown {
  const copy = structuredClone(event);
  const names = path.split('.');
  const last = names.pop() ?? '';
  const at = names.reduce((here, name) => (here as Record<string, unknown>)[name], copy) as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

describe('those who judge', () => {
  it('find what is broken, each by one of them at least', async () => {
    const whole = eventsOf('shop_orders')[1];
    const events = BREAKS.map(([path, value]) => broken(whole, path, value));
    const faults = await clientFaults(events);
    const unseen = BREAKS.filter((_, at) => (faults[at]?.length ?? 0) + schemaFaults(events[at]).length === 0);
    expect(unseen).toEqual([]);
  });

  it('are not the fake alone: the schemas and the client each find some that the other does not', async () => {
    const whole = eventsOf('shop_orders')[1];
    const events = BREAKS.map(([path, value]) => broken(whole, path, value));
    const byClient = (await clientFaults(events)).map((faults) => faults.length > 0);
    const bySchema = events.map((event) => schemaFaults(event).length > 0);
    expect(BREAKS.filter((_, at) => byClient[at] && !bySchema[at]).length).toBeGreaterThan(0);
    expect(BREAKS.filter((_, at) => bySchema[at] && !byClient[at]).length).toBeGreaterThan(0);
  });
});
