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

/** A column whose schema takes each value that is plainly of its type, and hands it on as it is. */
export interface PlainColumn {
  readonly type: SqlType;
  /** No other text than one of these. */
  readonly values?: ReadonlySet<string>;
}

/**
 * On what zod calls the definition of a schema: a description is none of it, and any further check makes another one. One for all copies
 * of this module: a connector from elsewhere may bring a kit of its own.
 */
const PLAIN = Symbol.for('tidemill.plain-column');

interface Marked {
  readonly [PLAIN]?: { readonly column: PlainColumn; readonly def: unknown };
}

/**
 * The schema as that of a column of the type. It must take every value that the column itself takes and that is plainly what its type
 * says (a text, a number, an instant in UTC), and hand it on unchanged: such a value is then loaded without asking it
 * (`run/silver/shortcut.ts`).
 */
export function plainly<S extends z.ZodType>(type: SqlType, schema: S, values?: readonly string[]): S {
  const column = schema.meta({ sql: type });
  const plain: PlainColumn = values === undefined ? { type } : { type, values: new Set(values) };
  const { def } = column;
  Object.defineProperty(def, PLAIN, { value: { column: plain, def }, configurable: true });
  return column;
}

/** Undefined for a column of which only its own schema knows what it takes. */
export function plainColumnOf({ def }: z.ZodType): PlainColumn | undefined {
  const mark = (def as Marked)[PLAIN];
  // Zod takes it along into the definitions that it makes of this one.
  return mark?.def === def ? mark?.column : undefined;
}

export const text = () => plainly('text', z.string());
/** A text that is one of these; any other is rejected. */
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  plainly('text', z.enum(values), values);
/** `YYYY-MM-DD`, a calendar day without a zone. */
export const date = () => plainly('date', z.iso.date());
/** An RFC 3339 instant with `Z` or an offset. */
export const timestamptz = () => plainly('timestamptz', z.iso.datetime({ offset: true }));
export const boolean = () => plainly('boolean', z.boolean());
/** 32 bits, signed. */
export const integer = () => plainly('integer', z.int32());
/** 64 bits, signed: a number up to 2^53, a bigint beyond. */
export const bigint = () => plainly('bigint', z.union([z.int(), z.bigint().min(INT64_MIN).max(INT64_MAX)]));
/** The nearest double of whatever number the source wrote; what is beyond all of them is rejected. */
export const double = () =>
  plainly(
    'double',
    z.union([
      z.number(),
      z.bigint().transform(Number).pipe(z.number()),
      z
        .instanceof(Decimal)
        .transform((decimal) => decimal.toNumber())
        .pipe(z.number()),
    ]),
  );
/**
 * An exact decimal of at most 29 digits before and 9 after the point, as the source wrote it: a number, or its text. One with
 * more digits is rejected, never rounded.
 */
export const numeric = () =>
  plainly(
    'numeric',
    z
      .union([z.number(), z.bigint(), z.instanceof(Decimal), z.string().regex(/^-?\d{1,400}(\.\d{1,400})?$/)])
      .refine((value) => numericText(value) !== undefined),
  );
/** In the schema of a source: a number that goes to a `numeric` column with all its digits. `z.number()` would round it. */
export const decimal = () => z.union([z.number(), z.bigint(), z.instanceof(Decimal)]);
/** Any JSON value, kept whole. JSON's null is SQL's NULL. */
export const jsonb = () =>
  plainly(
    'jsonb',
    z.unknown().refine((value) => value !== undefined && value !== null, 'required'),
  );

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
