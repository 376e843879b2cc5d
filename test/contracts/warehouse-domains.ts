/** Checks that the domain of each type is no wider than the warehouse: what the check of a row lets through comes back. */
import assert from 'node:assert/strict';
import { columnOf, parseDecimals, type SqlType, type Stream, sqlTypes, stream } from '@tidemill/kit';
import { edgeValues } from '@tidemill/kit/edge-values';
import fc from 'fast-check';
import { z } from 'zod';
import { rowEncoder } from '../../orchestrator/run/silver/encode.ts';
import { recordMapper } from '../../orchestrator/run/silver/map.ts';
import type { Table } from '../../orchestrator/warehouse/contract.ts';
import { anyWritten } from '../arbitraries/written.ts';
import { isThorough } from './effort.ts';
import { column, load, people, type Tested, valuesIn, type WarehouseCheck } from './warehouse-samples.ts';

const columnFor = (type: SqlType): string => `as_${type}`;

const tableOf = (types: readonly SqlType[], name: string): Table => ({
  ...people,
  name,
  columns: [column('id', 'integer'), ...types.map((type) => column(columnFor(type), type, true))],
  indexes: [],
});

/** From what a source writes to the text that is staged; undefined when the record is rejected. */
function checkOf(type: SqlType): (written: string) => string | null | undefined {
  const declared = stream({
    name: 'values',
    description: '',
    source: z.looseObject({ value: z.unknown() }),
    row: z.object({ value: columnOf[type]().nullable() }),
    key: [],
    write: 'append',
    method: 'api_json',
    // biome-ignore lint/correctness/useYield: only the way from a line to a text is asked for here.
    async *extract() {
      throw new Error('not read here');
    },
    toRow: (record) => record as never,
  }) as unknown as Stream;
  const map = recordMapper(declared, () => undefined);
  return (written) => {
    const mapped = map(`{"value":${written}}`);
    return 'reject' in mapped ? undefined : mapped.rows[0]?.[0];
  };
}

/** The canonical text of what a driver prints: zeros behind a point, blanks and the order of names are a matter of taste. */
export function readerOf(type: SqlType): (printed: string) => string | null | undefined {
  const encode = rowEncoder([column('value', type)]);
  const canonical = (value: unknown): string | null | undefined => {
    const texts = encode({ value });
    return 'path' in texts ? undefined : texts[0];
  };
  if (type === 'jsonb') return (printed) => canonical(parseDecimals(printed));
  if (type === 'double') return (printed) => canonical(Number(printed));
  return type === 'numeric' ? canonical : (printed) => printed;
}

type Texts = ReadonlyMap<SqlType, readonly (string | null)[]>;

/** Loads the texts of all types into a table, a column each, and expects each of them back: a load takes some warehouses seconds. */
async function holds(warehouse: Tested, name: string, texts: Texts): Promise<void> {
  const types = [...texts.keys()];
  const table = tableOf(types, name);
  const length = Math.max(...[...texts.values()].map((own) => own.length));
  const rows = Array.from({ length }, (_, index) => ({
    id: String(index),
    ...Object.fromEntries(types.map((type) => [columnFor(type), texts.get(type)?.[index] ?? null])),
  }));
  await warehouse.apply(load(name, table, rows));
  const found = await valuesIn(warehouse, table, 'id', ...types.map(columnFor));
  assert.equal(found.length, length);
  for (const [at, type] of types.entries()) {
    const read = readerOf(type);
    for (const [index, row] of found.entries()) {
      const value = row[at + 1];
      const back = typeof value === 'string' ? read(value) : value;
      assert.equal(back, texts.get(type)?.[index] ?? null, `a value of type ${type} is another one`);
    }
  }
}

async function holdsEdges(warehouse: Tested): Promise<void> {
  const texts = sqlTypes.map((type) => {
    const check = checkOf(type);
    const edges = edgeValues.filter((edge) => edge.type === type);
    for (const { what, written, held } of edges) assert.equal(check(written), held, `${type} ${what ?? written}`);
    return [type, edges.flatMap(({ held }) => held ?? [])] as const;
  });
  await holds(warehouse, 'edges', new Map(texts));
}

/** Whatever a source writes, for a column of whatever type, is rejected by the check or held exactly. */
async function holdsWhatPasses(warehouse: Tested): Promise<void> {
  const checks = sqlTypes.map((type) => [type, checkOf(type)] as const);
  let run = 0;
  const property = fc.asyncProperty(fc.array(anyWritten, { minLength: 50, maxLength: 150 }), async (written) => {
    run += 1;
    // In a row of which one column would be rejected, the others are held all the same.
    const texts = checks.map(([type, check]) => [type, written.map((one) => check(one) ?? null)] as const);
    await holds(warehouse, `written_${run}`, new Map(texts));
  });
  // The value that came back as another one is told by itself: there is nothing to shrink.
  await fc.assert(property, { seed: 20261129, numRuns: isThorough ? 60 : 4, endOnFailure: true });
}

export const domainChecks: readonly WarehouseCheck[] = [
  { promise: 'values at the edges of each type are held, or rejected, as documented', run: holdsEdges },
  {
    promise: 'whatever a source writes is rejected by the check of the row, or comes back exactly',
    run: holdsWhatPasses,
  },
];
