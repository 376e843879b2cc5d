/** The tables of a warehouse: what there is of each, and of one everything that somebody needs to ask it. */
import { type Example, TidemillError } from '@tidemill/kit';
import { suggestion } from '../config/faults.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { targetsOf } from '../run/order.ts';
import type { ListedTable, Warehouse } from '../warehouse/contract.ts';
import { examplesOfAny } from '../warehouse/examples.ts';
import { jobsHere } from './missing-credentials.ts';
import { streamIn } from './rewind.ts';
import type { Session } from './session.ts';
import { type NamedWarehouse, warehouseFor } from './warehouses.ts';

export interface TablesRequest {
  /** A service, or `service.data_type`; everything if not given. */
  readonly of?: string | undefined;
  /** The name of a warehouse; the first one if not given. */
  readonly warehouse?: string | undefined;
}

export interface Tables {
  readonly environment: string;
  readonly warehouse: string;
  /** Where the warehouse is. */
  readonly url: string;
  readonly tables: readonly ShownTable[];
}

export interface ShownTable {
  /** As a query names it. */
  readonly table: string;
  readonly description: string;
  readonly rows: number;
  readonly bytes?: number;
  /** When a row of it last came or changed. */
  readonly newest_ingested_at?: string;
  /** Where other programs find it. */
  readonly url?: string;
  /** Only of a table that was asked for alone. */
  readonly detail?: TableDetail;
}

export interface TableDetail {
  readonly columns: readonly Omit<ListedTable['columns'][number], 'declarable'>[];
  /** Enabled jobs that load it. */
  readonly jobs: readonly string[];
  /** As one of these jobs declares it; empty where rows have none. */
  readonly key?: readonly string[];
  /** None where the warehouse cannot be asked in SQL. */
  readonly examples: readonly Example[];
}

const EXAMPLES = 3;

/** Throws kind `config` for a warehouse or a table that there is not. */
export async function tables(session: Session, { of, warehouse: wanted }: TablesRequest): Promise<Tables> {
  const named = await warehouseFor(session, wanted);
  const { name, warehouse } = named;
  const all = await warehouse.tables();
  const isAlone = (table: ListedTable): boolean => of === nameOf(table) || of === calledIn(table);
  const chosen = all.filter((table) => of === undefined || of === table.schema || isAlone(table));
  if (chosen.length === 0 && of !== undefined) throw unknownTable(session, named, of, all);
  const shown: ShownTable[] = [];
  for (const table of chosen) shown.push(await shownTable(warehouse, table));
  const [alone] = chosen.filter(isAlone);
  const found = { environment: session.environment.name, warehouse: name, url: warehouse.url };
  if (alone === undefined) return { ...found, tables: shown };
  const detail = await detailOf(session, named, alone);
  return { ...found, tables: shown.map((table) => ({ ...table, detail })) };
}

const nameOf = ({ schema, name }: ListedTable): string => `${schema}.${name}`;

const calledIn = (table: ListedTable): string => table.queried ?? nameOf(table);

async function shownTable(warehouse: Warehouse, table: ListedTable): Promise<ShownTable> {
  const newest = await warehouse.newest(table, 'ingested_at');
  return {
    table: calledIn(table),
    description: table.description,
    rows: table.rows,
    ...(table.bytes === undefined ? {} : { bytes: table.bytes }),
    ...(newest === undefined ? {} : { newest_ingested_at: newest.toISOString() }),
    ...(table.url === undefined ? {} : { url: table.url }),
  };
}

async function detailOf(
  session: Session,
  { name, warehouse }: NamedWarehouse,
  table: ListedTable,
): Promise<TableDetail> {
  const jobs = jobsOf(session, name, nameOf(table));
  const [job] = jobs;
  // Of a connector that cannot be had nothing is known here; `tidemill doctor` says why.
  const stream = job && (await streamIn(session, job).catch(() => undefined));
  const key = job?.command === undefined ? stream?.key : job.primary_key;
  const known =
    warehouse.query === undefined
      ? []
      : [...(stream?.examples ?? []), ...examplesOfAny(nameOf(table))].map(calling(table));
  return {
    columns: table.columns.map(({ declarable: _, ...column }) => column),
    jobs: jobs.map(({ id }) => id),
    ...(key === undefined ? {} : { key }),
    examples: known.slice(0, EXAMPLES),
  };
}

/** Connectors write their queries for a warehouse that has a schema for each service. */
const calling =
  (table: ListedTable) =>
  ({ question, sql }: Example): Example => ({ question, sql: sql.replaceAll(nameOf(table), calledIn(table)) });

function jobsOf({ config, environment }: Session, warehouse: string, table: string): Job[] {
  return jobsHere(config, environment.name).filter((job) => {
    return `${job.service}.${job.data_type}` === table && targetsOf(job, environment.warehouses).includes(warehouse);
  });
}

function unknownTable(session: Session, { name }: NamedWarehouse, of: string, all: readonly ListedTable[]) {
  const [job] = jobsOf(session, name, of);
  const known = [...new Set(of.includes('.') ? all.map(nameOf) : all.map(({ schema }) => schema))];
  const choice = suggestion(nearest(of, known), known) ?? 'It has none yet: `npx tidemill run JOB` makes them.';
  return new TidemillError('config', 'unknown-table', `The warehouse ${name} has no table of ${of}`, {
    hint: job === undefined ? choice : `Nothing of it was loaded yet: \`npx tidemill run ${job.id}\`.`,
  });
}
