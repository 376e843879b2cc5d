/**
 * The catalog of a Singer tap: https://github.com/singer-io/getting-started/blob/master/docs/DISCOVERY_MODE.md. What is not read here is
 * handed back as it came.
 */
import { type Dataset, TidemillError } from '@tidemill/kit';
import { datasetOf, sqlName } from './dataset.ts';
import type { Schema } from './json-schema-type.ts';
import type { Scope } from './run.ts';

interface Metadata {
  readonly breadcrumb?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface SingerStream {
  readonly tap_stream_id?: string;
  readonly stream?: string;
  readonly schema?: Schema;
  readonly metadata?: readonly Metadata[];
  readonly key_properties?: readonly string[] | null;
  readonly replication_key?: string | null;
  readonly replication_method?: string | null;
  readonly [field: string]: unknown;
}

export interface SingerCatalog {
  readonly streams: readonly SingerStream[];
}

/** Throws `tap-catalog`, which quotes nothing. */
export function catalogIn(document: unknown, where: string): SingerCatalog {
  const streams = typeof document === 'object' && document !== null && 'streams' in document ? document.streams : null;
  const isStream = (one: unknown): boolean =>
    typeof one === 'object' && one !== null && idOf(one as SingerStream) !== '';
  if (Array.isArray(streams) && streams.every(isStream)) return document as SingerCatalog;
  throw new TidemillError('source-changed', 'tap-catalog', `${where} is no catalog of Singer`, {
    hint: 'A tap prints one with --discover. One that cannot is given a file: --catalog FILE.',
  });
}

export const idOf = ({ tap_stream_id: id, stream }: SingerStream): string => id ?? stream ?? '';

/** What a record of the stream may call it. */
export const namesOf = (stream: SingerStream): readonly string[] =>
  [stream.tap_stream_id, stream.stream].filter((name) => name !== undefined);

export const singerDataset = (stream: SingerStream): Dataset =>
  datasetOf({
    stream: idOf(stream),
    name: sqlName(idOf(stream)),
    schema: stream.schema,
    key: keyOf(stream).map((field) => [field]),
    isIncremental: replicationKeyOf(stream) !== undefined || forced(stream) === 'INCREMENTAL',
  });

function keyOf(stream: SingerStream): readonly string[] {
  const told = stream.key_properties ?? [];
  return told.length > 0
    ? told
    : strings(rootOf(stream)['table-key-properties'] ?? rootOf(stream)['view-key-properties']);
}

/** With that stream selected, whole, and no other. */
export const selectedIn = ({ streams, ...rest }: SingerCatalog, chosen: SingerStream, scope: Scope): SingerCatalog => ({
  ...rest,
  streams: streams.map((stream) => (stream === chosen ? selected(stream, scope) : deselected(stream))),
});

function selected(stream: SingerStream, scope: Scope): SingerStream {
  const { method, key } = replicationOf(stream, scope);
  const root = {
    ...rootOf(stream),
    selected: true,
    'replication-method': method,
    ...(key === undefined ? {} : { 'replication-key': key }),
  };
  const fields = (stream.metadata ?? []).filter(({ breadcrumb = [] }) => breadcrumb.length > 0).map(selectedField);
  return {
    ...stream,
    ...withSchema(stream, true),
    replication_method: method,
    ...(key === undefined ? {} : { replication_key: key }),
    metadata: [{ breadcrumb: [], metadata: root }, ...fields],
  };
}

const deselected = (stream: SingerStream): SingerStream => ({
  ...stream,
  ...withSchema(stream, false),
  metadata: [
    { breadcrumb: [], metadata: { ...rootOf(stream), selected: false } },
    ...(stream.metadata ?? []).filter(({ breadcrumb = [] }) => breadcrumb.length > 0),
  ],
});

/** All but what the tap itself does not support. */
const selectedField = ({ breadcrumb = [], metadata = {} }: Metadata): Metadata => ({
  breadcrumb,
  metadata: metadata['inclusion'] === 'unsupported' ? metadata : { ...metadata, selected: true },
});

/** Taps of before there was metadata look into the schema. */
function withSchema(stream: SingerStream, isSelected: boolean): Pick<SingerStream, 'schema'> {
  if ((stream.metadata ?? []).length > 0) return {};
  const properties = Object.entries(stream.schema?.properties ?? {}).map(([name, field]) => {
    return [name, { ...field, selected: isSelected }] as const;
  });
  return { schema: { ...stream.schema, selected: isSelected, properties: Object.fromEntries(properties) } as Schema };
}

/** What a person has written into the catalog comes first, but for a run that says everything. */
function replicationOf(stream: SingerStream, scope: Scope): { readonly method: string; readonly key?: string } {
  const key = replicationKeyOf(stream);
  const own = forced(stream) ?? (scope === 'everything' ? 'FULL_TABLE' : written(stream));
  const method = own ?? (key === undefined ? 'FULL_TABLE' : 'INCREMENTAL');
  return { method, ...(key === undefined ? {} : { key }) };
}

const forced = (stream: SingerStream): string | undefined => word(rootOf(stream)['forced-replication-method']);

const written = (stream: SingerStream): string | undefined =>
  word(rootOf(stream)['replication-method']) ?? word(stream.replication_method);

function replicationKeyOf(stream: SingerStream): string | undefined {
  const root = rootOf(stream);
  return word(root['replication-key']) ?? word(stream.replication_key) ?? strings(root['valid-replication-keys'])[0];
}

const rootOf = ({ metadata = [] }: SingerStream): Readonly<Record<string, unknown>> =>
  metadata.find(({ breadcrumb = [] }) => breadcrumb.length === 0)?.metadata ?? {};

/** Some taps write an empty text for nothing. */
const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const strings = (value: unknown): string[] =>
  [value].flat().filter((one): one is string => typeof one === 'string' && one !== '');
