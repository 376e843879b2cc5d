/** A question in SQL to one warehouse of an environment. It only reads. */
import { TidemillError } from '@tidemill/kit';
import type { AnsweredRow, Warehouse } from '../warehouse/contract.ts';
import type { Session } from './session.ts';
import { tableMeant } from './unknown-table.ts';
import { warehouseFor } from './warehouses.ts';

export interface Question {
  readonly sql: string;
  /** The name of a warehouse; the first one if not given. */
  readonly warehouse?: string | undefined;
}

export interface Answer {
  /** Name of the warehouse that was asked. */
  readonly warehouse: string;
  readonly columns: readonly string[];
  /** Rows as they come, NULL as null. Whoever has enough may go. */
  readonly portions: AsyncIterable<readonly AnsweredRow[]>;
}

/** Throws kind `config` for a warehouse that there is not or that knows no SQL, and for a query that it refuses. */
export async function query(session: Session, { sql, warehouse: wanted }: Question): Promise<Answer> {
  const { name, warehouse } = await warehouseFor(session, wanted);
  try {
    return { warehouse: name, ...(await asked(session, name, warehouse, sql)) };
  } catch (error) {
    throw await withTableMeant(error, sql, warehouse);
  }
}

async function asked(
  { environment }: Session,
  name: string,
  warehouse: Warehouse,
  sql: string,
): Promise<Omit<Answer, 'warehouse'>> {
  if (warehouse.queryInPortions !== undefined) return warehouse.queryInPortions(sql);
  if (warehouse.query !== undefined) {
    const { columns, rows } = await warehouse.query(sql);
    return { columns, portions: atOnce(rows) };
  }
  const others = [...environment.warehouses.keys()].filter((other) => other !== name);
  const hint =
    others.length === 0
      ? 'Ask the program that keeps its tables.'
      : `Name another one: --warehouse ${others.join(' or ')}.`;
  throw new TidemillError('config', 'warehouse-without-sql', `The warehouse ${name} cannot be asked in SQL`, { hint });
}

async function* atOnce<T>(rows: T): AsyncGenerator<T> {
  yield rows;
}

/** The tables are only looked at when something is wrong. */
async function withTableMeant(error: unknown, sql: string, warehouse: Warehouse): Promise<unknown> {
  if (!(error instanceof TidemillError) || error.code !== 'query-refused') return error;
  const hint = tableMeant(sql, await warehouse.tables().catch(() => []));
  if (hint === undefined) return error;
  return new TidemillError(error.kind, error.code, error.message, { hint, cause: error.cause });
}
