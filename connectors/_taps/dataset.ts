/** A stream as a data set of a service: its columns and key as a job declares them. Pure. */
import { columnNameFault, type Dataset } from '@tidemill/kit';
import { type Schema, typeOf } from './json-schema-type.ts';

type Column = NonNullable<Dataset['columns']>[number];

export interface Described {
  /** As the tap calls it. */
  readonly stream: string;
  /** The `data_type` of a job. */
  readonly name: string;
  readonly schema: Schema | undefined;
  /** Fields that identify a record, each as a path. */
  readonly key: readonly (readonly string[])[];
  readonly isIncremental: boolean;
}

/** Names that are no names of columns are made into some. A key of which a part cannot be compared is left out. */
export function datasetOf({ stream, name, schema = {}, key, isIncremental }: Described): Dataset {
  const fields = Object.entries(schema.properties ?? {});
  const nested = key.filter((path) => path.length > 1);
  const paths = [...fields.map(([field]) => [field]), ...nested].filter((path) => path.every((part) => part !== ''));
  const taken = new Set<string>();
  const isPart = (path: readonly string[]): boolean => key.some((one) => one.join('\0') === path.join('\0'));
  const columns = paths.map((path): Column => {
    const column = columnOf(path, schema, taken);
    // Two keys that differ by their last digits may be one double.
    return column.type === 'double' && isPart(path) ? { ...column, type: 'numeric' } : column;
  });
  const keys = key.map((path) => columns[paths.findIndex((one) => one.join('\0') === path.join('\0'))]);
  const isKey = keys.length > 0 && keys.every((column) => column !== undefined && column.type !== 'jsonb');
  return {
    name,
    ...(stream === name ? {} : { description: `Stream ${stream}` }),
    ...(columns.length === 0 ? {} : { columns }),
    ...(isKey ? { key: keys.flatMap((column) => column?.name ?? []) } : {}),
    capabilities: isIncremental ? ['incremental', 'full'] : ['full'],
  };
}

function columnOf(path: readonly string[], schema: Schema, taken: Set<string>): Column {
  const field = path.reduce<Schema | undefined>((outer, part) => outer?.properties?.[part], schema) ?? {};
  const name = free(columnName(path.join('_')), taken);
  return {
    name,
    type: typeOf(field, schema),
    ...(path.length === 1 && path[0] === name ? {} : { from: path }),
    ...(field.description ? { description: field.description } : {}),
  };
}

const MOST_CHARS = 60;

/** `createdAt` is `created_at`, and `_sdc_x` is `sdc_x`: a name begins with a letter. */
function columnName(field: string): string {
  const name = sqlName(field);
  return columnNameFault(name) === undefined ? name : `${name.slice(0, MOST_CHARS - 7)}_of_tap`;
}

/** A name of at most 60 lower-case letters, digits and `_`, which begins with a letter. */
export function sqlName(text: string): string {
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
  return (/^[a-z]/.test(words) ? words : `n${words}`).slice(0, MOST_CHARS);
}

function free(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let copy = 2; taken.has(candidate); copy += 1) candidate = `${name.slice(0, MOST_CHARS - 4)}_${copy}`;
  taken.add(candidate);
  return candidate;
}
