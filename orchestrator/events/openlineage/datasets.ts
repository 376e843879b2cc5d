/**
 * What a run has read and written, as OpenLineage tells of data: https://openlineage.io/docs/spec/facets/dataset-facets. Nothing is told
 * that nobody knows: which field a column comes from stands in the configuration, or in the code of a connector. Pure.
 */
import type { Said } from '../published/kinds.ts';
import { type Facets, facet } from './facets.ts';
import { namespaceOf } from './namespace.ts';

/** What a run may say, however it has ended. */
export type Ended = Omit<Said<'run-failed'>, 'outcome' | 'failure' | 'is_settled'>;
type Input = NonNullable<Ended['inputs']>[number];
type Output = NonNullable<Ended['outputs']>[number];

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

type Name = Pick<Dataset, 'namespace' | 'name'>;

/**
 * Of a run that has loaded nothing into any table: none. Whoever draws a job's data by its last run would forget its tables over an input
 * alone. `own` is the namespace of its job.
 */
export function datasetsOf(said: Ended, own: string): { inputs: Dataset[]; outputs: Dataset[] } {
  const outputs = (said.outputs ?? []).flatMap((output) => {
    const name = nameOf(output);
    return name === undefined ? [] : [{ output, name }];
  });
  if (outputs.length === 0) return { inputs: [], outputs: [] };
  const inputs = (said.inputs ?? []).map((input) => inputOf(input, said, own));
  return { inputs, outputs: outputs.map(({ output, name }) => outputOf(output, name, inputs)) };
}

function inputOf({ namespace, name }: Input, said: Ended, own: string): Dataset {
  const url = /^https?:/.test(namespace) ? URL.parse(namespace) : null;
  const { records = 0 } = said;
  const fields = fieldsRead(said.outputs ?? []);
  return {
    // What a program of one's own prints is known to this Tidemill alone.
    ...{ namespace: url === null ? own : namespaceOf(url.origin), name },
    facets: {
      ...(url === null ? {} : { dataSource: facet('DatasourceDatasetFacet', { name: url.origin, uri: url.href }) }),
      ...(fields.length === 0
        ? {}
        : { schema: facet('SchemaDatasetFacet', { fields: fields.map((field) => ({ name: field })) }) }),
    },
    inputFacets: {
      inputStatistics: facet('InputStatisticsInputDatasetFacet', { rowCount: records }),
      ...assertionsOf(said),
    },
  };
}

const fieldsRead = (outputs: readonly Output[]): string[] => [
  ...new Set(outputs.flatMap(({ columns }) => columns.flatMap(({ from }) => from ?? []))),
];

/** Gates that ask of what the source has given; the others ask of the table, or of the clock. */
const OF_THE_SOURCE: ReadonlySet<string> = new Set(['complete', 'max_reject_ratio', 'min_records', 'max_delete_ratio']);

/** One for each gate, however often it was asked. */
function assertionsOf({ gates = [], records = 0, rejected = 0 }: Ended): Facets {
  const asked = gates.filter(({ gate }) => OF_THE_SOURCE.has(gate));
  if (asked.length === 0) return {};
  const assertions = [...Map.groupBy(asked, ({ gate }) => gate)].map(([assertion, all]) => {
    const says = all.flatMap(({ says: sentence }) => sentence ?? []).join('; ');
    return {
      ...{ assertion, name: assertion, success: all.every(({ is_met }) => is_met) },
      ...(says === '' ? {} : { description: says }),
      ...(assertion === 'max_reject_ratio' ? { params: { records, rejected } } : {}),
      ...(assertion === 'min_records' ? { actual: String(records) } : {}),
    };
  });
  return { dataQualityAssertions: facet('DataQualityAssertionsDatasetFacet', { assertions }) };
}

function outputOf({ url, dataset, columns, rows }: Output, name: Name, inputs: readonly Name[]): Dataset {
  const { layer, format } = dataset?.storage ?? {};
  return {
    ...name,
    facets: {
      datasetType: facet('DatasetTypeDatasetFacet', { datasetType: 'TABLE' }),
      schema: facet('SchemaDatasetFacet', {
        fields: columns.map(({ name: column, type }) => ({ name: column, type })),
      }),
      ...(url === undefined
        ? {}
        : { dataSource: facet('DatasourceDatasetFacet', { name: name.namespace, uri: uriOf(url) }) }),
      ...(layer === undefined
        ? {}
        : { storage: facet('StorageDatasetFacet', { storageLayer: layer, fileFormat: format }) }),
      ...lineageOf(columns, inputs),
    },
    outputFacets: {
      outputStatistics: facet('OutputStatisticsOutputDatasetFacet', { rowCount: rows.inserted + rows.updated }),
    },
  };
}

/** Of columns that are fields of the one input, whatever was made of their values. */
function lineageOf(columns: Output['columns'], [input]: readonly Name[]): Facets {
  if (input === undefined) return {};
  const { namespace, name } = input;
  const fields = columns.flatMap(({ name: column, from: field }) =>
    field === undefined
      ? []
      : [[column, { inputFields: [{ namespace, name, field, transformations: [{ type: 'DIRECT' }] }] }] as const],
  );
  if (fields.length === 0) return {};
  return { columnLineage: facet('ColumnLineageDatasetFacet', { fields: Object.fromEntries(fields) }) };
}

/** Of a driver that does not say what others call its tables: made of its URL. Undefined where nothing was loaded. */
function nameOf({ url, dataset, schema, table }: Output): Name | undefined {
  if (dataset !== undefined) return { namespace: namespaceOf(dataset.namespace), name: dataset.name };
  if (url === undefined) return undefined;
  const { protocol, host, pathname } = new URL(uriOf(url));
  const parts = [...pathname.split('/').filter((part) => part !== ''), schema, table];
  return protocol === 'file:'
    ? { namespace: 'file', name: `/${parts.join('/')}` }
    : { namespace: namespaceOf(`${protocol}//${host}`), name: parts.join('.') };
}

/** A path as a URL; what is one stays as it is. */
const uriOf = (url: string): string => URL.parse(url)?.href ?? `file://${encodeURI(url)}`;
