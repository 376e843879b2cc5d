/** The catalog of an Airbyte source: https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol#airbytecatalog */
import { type Dataset, TidemillError } from '@tidemill/kit';
import { datasetOf, sqlName } from './dataset.ts';
import type { Schema } from './json-schema-type.ts';
import type { Scope } from './run.ts';

export interface AirbyteStream {
  readonly name: string;
  readonly json_schema?: Schema;
  readonly supported_sync_modes?: readonly string[];
  readonly source_defined_cursor?: boolean;
  readonly default_cursor_field?: readonly string[];
  readonly source_defined_primary_key?: readonly (readonly string[])[];
  readonly [field: string]: unknown;
}

/** Of a catalog, or of the message that has one. Throws `tap-catalog`, which quotes nothing. */
export function streamsIn(document: unknown, where: string): readonly AirbyteStream[] {
  const streams = memberOf(memberOf(document, 'catalog') ?? document, 'streams');
  const isStream = (one: unknown): boolean =>
    typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string' && one.name !== '';
  if (Array.isArray(streams) && streams.every(isStream)) return streams;
  throw new TidemillError('source-changed', 'tap-catalog', `${where} is no catalog of Airbyte`, {
    hint: 'A source prints one for discover: look at what it says above.',
  });
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

export const airbyteDataset = (stream: AirbyteStream): Dataset =>
  datasetOf({
    stream: stream.name,
    name: sqlName(stream.name),
    schema: stream.json_schema,
    key: stream.source_defined_primary_key ?? [],
    isIncremental: isIncremental(stream),
  });

const isIncremental = ({ supported_sync_modes: modes = [] }: AirbyteStream): boolean => modes.includes('incremental');

/** With that stream and no other; incremental where it can be, but for a run that says everything. */
export function configured(stream: AirbyteStream, scope: Scope): object {
  const mode = scope === 'changes' && isIncremental(stream) ? 'incremental' : 'full_refresh';
  const { default_cursor_field: cursor = [], source_defined_primary_key: key = [] } = stream;
  const one = { stream, sync_mode: mode, cursor_field: cursor, primary_key: key, destination_sync_mode: 'append' };
  return { streams: [one] };
}
