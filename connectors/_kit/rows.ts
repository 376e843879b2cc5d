/**
 * Silver columns. A row is a zod object made of these; validation, DDL, indexes, dbt sources and the documentation
 * all derive from that one declaration. They check what a value is; how far its type reaches is in `value-domains.ts`.
 */
import { z } from 'zod';
import { Decimal, numericText } from './decimal.ts';

export const sqlTypes = [
  'text',
  'date',
  'numeric',
  'boolean',
  'integer',
  'bigint',
  'double',
  'timestamptz',
  'jsonb',
] as const;
export type SqlType = (typeof sqlTypes)[number];

export type RowSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

export const text = () => z.string().meta({ sql: 'text' });
/** A text that is one of these; any other is rejected. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values).meta({ sql: 'text' });
/** `YYYY-MM-DD`, a calendar day without a zone. */
export const date = () => z.iso.date().meta({ sql: 'date' });
/** An RFC 3339 instant with `Z` or an offset. */
export const timestamptz = () => z.iso.datetime({ offset: true }).meta({ sql: 'timestamptz' });
export const boolean = () => z.boolean().meta({ sql: 'boolean' });
/** 32 bits, signed. */
export const integer = () => z.int32().meta({ sql: 'integer' });
/** 64 bits, signed: a number up to 2^53, a bigint beyond. */
export const bigint = () => z.union([z.int(), z.bigint().min(INT64_MIN).max(INT64_MAX)]).meta({ sql: 'bigint' });
/** The nearest double of whatever number the source wrote; what is beyond all of them is rejected. */
export const double = () =>
  z
    .union([
      z.number(),
      z.bigint().transform(Number).pipe(z.number()),
      z
        .instanceof(Decimal)
        .transform((decimal) => decimal.toNumber())
        .pipe(z.number()),
    ])
    .meta({ sql: 'double' });
/**
 * An exact decimal of at most 29 digits before and 9 after the point, as the source wrote it: a number, or its text. One with
 * more digits is rejected, never rounded.
 */
export const numeric = () =>
  z
    .union([z.number(), z.bigint(), z.instanceof(Decimal), z.string().regex(/^-?\d{1,400}(\.\d{1,400})?$/)])
    .refine((value) => numericText(value) !== undefined)
    .meta({ sql: 'numeric' });
/** In the schema of a source: a number that goes to a `numeric` column with all its digits. `z.number()` would round it. */
export const decimal = () => z.union([z.number(), z.bigint(), z.instanceof(Decimal)]);
/** Any JSON value, kept whole. JSON's null is SQL's NULL. */
export const jsonb = () =>
  z
    .unknown()
    .refine((value) => value !== undefined && value !== null, 'required')
    .meta({ sql: 'jsonb' });

export const columnOf = {
  text,
  date,
  numeric,
  boolean,
  integer,
  bigint,
  double,
  timestamptz,
  jsonb,
} as const satisfies Record<SqlType, () => z.ZodType>;

export interface Column {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly description: string;
  /** All that it may hold, where the row says so. */
  readonly values?: readonly string[];
}

/** The columns of a row schema, in their order. Throws a TypeError when a field is not made of the columns above. */
export function columnsOf(row: RowSchema): Column[] {
  return Object.entries(row.shape).map(([name, field]) => {
    const nullable = field instanceof z.ZodNullable;
    const inner = nullable ? (field.unwrap() as z.ZodType) : field;
    const type = inner.meta()?.['sql'] as SqlType | undefined;
    if (type === undefined || !sqlTypes.includes(type))
      throw new TypeError(`${name} is not made of a silver column type`);
    const description = field.meta()?.description ?? inner.meta()?.description ?? '';
    const values = inner instanceof z.ZodEnum ? { values: inner.options.map(String) } : {};
    return { name, type, nullable, description, ...values };
  });
}
