/** The type of column for what a JSON Schema describes. Pure. */
import type { SqlType } from '@tidemill/kit';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly $ref?: string;
  readonly multipleOf?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
  /** Of Airbyte: https://docs.airbyte.com/platform/understanding-airbyte/supported-data-types */
  readonly airbyte_type?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** A reference may lead to itself. */
const MOST_STEPS = 20;
/** `numeric(38,9)`: what has more digits behind the point keeps them as JSON. */
const MOST_DECIMALS = 9;

/** What holds every value that the schema allows, and null; `jsonb` where nothing else does. `root` is what references start from. */
export function typeOf(schema: Schema, root: Schema = schema, steps = 0): SqlType {
  const types = [...new Set(typesOf(schema, root, steps))];
  const [first, ...others] = types;
  if (first === undefined) return 'jsonb';
  return others.length === 0 ? first : common(types);
}

/** One for each form of value but null; none where nothing is said. */
function typesOf(schema: Schema, root: Schema, steps: number): SqlType[] {
  if (steps > MOST_STEPS) return ['jsonb'];
  const target = schema.$ref === undefined ? undefined : targetOf(schema.$ref, root);
  if (target !== undefined) return typesOf(target, root, steps + 1);
  // Of allOf each part narrows the others: the one with a type says most.
  const [part] = (schema.allOf ?? []).filter((one) => typesOf(one, root, steps + 1).length > 0);
  if (schema.type === undefined && part !== undefined) return typesOf(part, root, steps + 1);
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  if (schema.type === undefined && variants.length > 0) {
    return variants.flatMap((one) => {
      if (one.type === 'null') return [];
      const types = typesOf(one, root, steps + 1);
      return types.length > 0 ? types : ['jsonb' as const];
    });
  }
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const words = schema.type === undefined ? values.map(wordOf) : [schema.type].flat();
  return words.flatMap((word) => plainTypeOf(word, schema));
}

function plainTypeOf(word: string, schema: Schema): SqlType[] {
  switch (word) {
    case 'null':
      return [];
    case 'boolean':
      return ['boolean'];
    case 'integer':
      return [integerType(schema)];
    case 'number':
      return [numberType(schema)];
    case 'string':
      return [textType(schema)];
    default:
      return ['jsonb'];
  }
}

/** A time without a zone is no instant. */
function textType({ format, airbyte_type: airbyte }: Schema): SqlType {
  if (airbyte === 'timestamp_without_timezone') return 'text';
  if (format === 'date-time') return 'timestamptz';
  if (format === 'date') return 'date';
  // https://sdk.meltano.com/en/latest/typing.html, and targets of singer.io know it as well.
  return format === 'singer.decimal' || airbyte === 'big_number' || airbyte === 'big_integer' ? 'numeric' : 'text';
}

const integerType = ({ minimum = 0, maximum = 0, airbyte_type: airbyte }: Schema): SqlType =>
  airbyte === 'big_integer' || minimum < -(2 ** 63) || maximum > 2 ** 63 ? 'numeric' : 'bigint';

/** Where the digits behind the point are counted, each of them counts. */
function numberType({ multipleOf, airbyte_type: airbyte, format }: Schema): SqlType {
  if (airbyte === 'integer') return 'bigint';
  if (airbyte === 'big_integer' || airbyte === 'big_number' || format === 'singer.decimal') return 'numeric';
  if (multipleOf === undefined || !(multipleOf > 0)) return 'double';
  const decimals = Math.ceil(-Math.log10(multipleOf) - 1e-9);
  return decimals <= MOST_DECIMALS ? 'numeric' : 'jsonb';
}

/** Of several types. A bigint is a numeric as well; a double is not: numeric has no exponents. */
function common(types: readonly SqlType[]): SqlType {
  const all = (...some: readonly SqlType[]): boolean => types.every((type) => some.includes(type));
  if (all('text', 'timestamptz', 'date')) return 'text';
  if (all('bigint', 'numeric')) return 'numeric';
  return all('bigint', 'double') ? 'double' : 'jsonb';
}

function wordOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function targetOf(reference: string, { definitions, $defs }: Schema): Schema | undefined {
  const [, where, name = ''] = /^#\/(definitions|\$defs)\/([^/]+)$/.exec(reference) ?? [];
  return where === '$defs' ? $defs?.[name] : definitions?.[name];
}
