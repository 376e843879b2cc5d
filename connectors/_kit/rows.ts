/**
 * Silver columns. A row is a zod object made of these; validation, DDL, indexes, dbt sources and the documentation
 * all derive from that one declaration.
 */
import { z } from 'zod';

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
/** `YYYY-MM-DD`, a calendar day without a zone. */
export const date = () => z.iso.date().meta({ sql: 'date' });
/** An RFC 3339 instant with `Z` or an offset. */
export const timestamptz = () => z.iso.datetime({ offset: true }).meta({ sql: 'timestamptz' });
export const boolean = () => z.boolean().meta({ sql: 'boolean' });
/** 32 bits, signed. */
export const integer = () => z.int32().meta({ sql: 'integer' });
/** 64 bits, signed: a number up to 2^53, a bigint beyond. */
export const bigint = () => z.union([z.int(), z.bigint().min(INT64_MIN).max(INT64_MAX)]).meta({ sql: 'bigint' });
export const double = () => z.number().meta({ sql: 'double' });
const NUMERIC_LIMIT = 10n ** 29n;
/** An exact decimal of at most 29 digits before and 9 after the point: a number, a bigint, or its text. */
export const numeric = () =>
  z
    .union([
      z.number().gt(-1e29).lt(1e29),
      z.bigint().gt(-NUMERIC_LIMIT).lt(NUMERIC_LIMIT),
      z.string().regex(/^-?\d{1,29}(\.\d{1,9})?$/),
    ])
    .meta({ sql: 'numeric' });
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
}

/** The columns of a row schema, in their order. Throws a TypeError when a field is not made of the columns above. */
export function columnsOf(row: RowSchema): Column[] {
  return Object.entries(row.shape).map(([name, field]) => {
    const nullable = field instanceof z.ZodNullable;
    const inner = nullable ? (field.unwrap() as z.ZodType) : field;
    const type = inner.meta()?.['sql'] as SqlType | undefined;
    if (type === undefined || !sqlTypes.includes(type))
      throw new TypeError(`${name} is not made of a silver column type`);
    return { name, type, nullable, description: field.meta()?.description ?? inner.meta()?.description ?? '' };
  });
}
