/** Which top-level fields the records of a package have: names and counts, never values. */
import type { Stream } from '@tidemill/kit';
import { z } from 'zod';

/** Fields that are data (ids, dates) are no names; neither is what a person would not call one. */
const NAME = /^[A-Za-z_$@][\w$@.:-]{0,63}$/;
/** With more names than this a record is a mapping, whose keys are data. */
const MOST_NAMES = 200;

export interface SeenFields {
  /** Records that are objects. */
  readonly records: number;
  /** In how many of them each field is. */
  readonly counts: ReadonlyMap<string, number>;
  /** Columns whose field some record has; empty for a stream that does not say so of its records. */
  readonly columns: ReadonlySet<string>;
  /** Fields that the schema of the source names: whenever one comes for the first time, nobody has to be told. */
  readonly declared: ReadonlySet<string>;
}

export class FieldTally implements SeenFields {
  records = 0;
  readonly counts = new Map<string, number>();
  readonly columns = new Set<string>();
  readonly declared: ReadonlySet<string>;
  readonly #columnsIn: Stream['columnsIn'];

  constructor({ columnsIn, source }: Pick<Stream, 'columnsIn' | 'source'>) {
    this.#columnsIn = columnsIn;
    this.declared = new Set(fieldsOf(source));
  }

  add(record: unknown): void {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return;
    this.records += 1;
    for (const column of this.#columnsIn?.(record) ?? []) this.columns.add(column);
    for (const name of Object.keys(record)) {
      const count = this.counts.get(name);
      if (count !== undefined) this.counts.set(name, count + 1);
      else if (this.counts.size <= MOST_NAMES && NAME.test(name)) this.counts.set(name, 1);
    }
  }
}

/** Of a record as it comes: what a schema makes of it may have other fields. */
function fieldsOf(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(fieldsOf);
  if (schema instanceof z.ZodIntersection) return [schema.def.left, schema.def.right].flatMap(fieldsOf);
  return schema instanceof z.ZodPipe ? fieldsOf(schema.in) : [];
}
