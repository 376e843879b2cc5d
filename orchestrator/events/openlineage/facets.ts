/** Facets of OpenLineage, each by the version of the specification that it keeps: https://openlineage.io/docs/spec/facets. Pure. */
import manifest from './package.json' with { type: 'json' };

const SPEC = 'https://openlineage.io/spec';

/** Of the event itself. */
export const EVENT_SCHEMA = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;

/** This Tidemill, as a package URL: https://github.com/package-url/purl-spec */
export const PRODUCER = `pkg:npm/tidemill@${manifest.version}`;

export const { version } = manifest;

/** Versions of the facets that are told, by the names of their schemas. */
const VERSIONS = {
  ColumnLineageDatasetFacet: '1-2-0',
  DataQualityAssertionsDatasetFacet: '1-1-0',
  DatasetTypeDatasetFacet: '1-0-1',
  DatasourceDatasetFacet: '1-0-1',
  DocumentationJobFacet: '1-1-0',
  ErrorMessageRunFacet: '1-0-1',
  ExecutionParametersRunFacet: '1-0-0',
  InputStatisticsInputDatasetFacet: '1-0-0',
  JobTypeJobFacet: '2-0-4',
  NominalTimeRunFacet: '1-0-1',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  ProcessingEngineRunFacet: '1-1-1',
  SchemaDatasetFacet: '1-2-0',
  StorageDatasetFacet: '1-0-1',
  TestRunFacet: '1-0-1',
} as const;

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
}

/** By their keys. */
export type Facets = Readonly<Record<string, Facet>>;

export const facet = (schema: keyof typeof VERSIONS, says: object): Facet => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/${VERSIONS[schema]}/${schema}.json#/$defs/${schema}`,
  ...says,
});
