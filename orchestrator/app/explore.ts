/** After a first run: where the data lies, and queries to try, the first with its answer. */
import type { Example } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { driverOf } from '../drivers/manifest.ts';
import { loadConnector } from '../run/extract/connector.ts';
import type { AnsweredRow, Warehouse } from '../warehouse/contract.ts';
import { rowsOfProgram } from '../warehouse/examples.ts';
import type { Assignment } from './assignments.ts';
import type { Session } from './session.ts';
import { warehouseFor } from './warehouses.ts';

const MOST = 3;

export interface Explored {
  readonly environment: string;
  /** Their locations. */
  readonly bucket: string;
  readonly warehouse: string;
  /** What the warehouse's driver says to whoever wants to look into it. */
  readonly howTo: string | undefined;
  readonly examples: readonly Example[];
  /** To the first of them. */
  readonly answer: { readonly columns: readonly string[]; readonly rows: readonly AnsweredRow[] } | undefined;
  /** Jobs that have examples and, so far, no row to ask. */
  readonly unloaded: readonly string[];
}

export async function explore(session: Session, assignments: readonly Assignment[]): Promise<Explored> {
  const { warehouse } = await warehouseFor(session, undefined);
  const found = await examplesOf(assignments, warehouse);
  const examples = found.examples.slice(0, MOST);
  const [first] = examples;
  const answer = first === undefined ? undefined : await warehouse.query?.(first.sql);
  const [location = ''] = session.environment.warehouses.values();
  const howTo = driverOf(session.config.drivers, 'warehouse', location)?.explore;
  return {
    environment: session.environment.name,
    bucket: session.bucket.url,
    warehouse: warehouse.url,
    howTo,
    examples,
    answer,
    unloaded: found.unloaded,
  };
}

interface Found {
  readonly examples: readonly Example[];
  readonly unloaded: readonly string[];
}

/** Of what ran and has rows: examples of streams, taking turns between the services, and then the rows of programs. */
async function examplesOf(assignments: readonly Assignment[], warehouse: Warehouse): Promise<Found> {
  const connected = assignments.filter(({ job }) => job.command === undefined);
  const byService = new Map<string, Example[]>();
  const unloaded: string[] = [];
  for (const { job, service } of connected) {
    const { service: schema, streams } = await loadConnector(service);
    const { name, examples = [] } = streams.find((stream) => stream.name === job.data_type) ?? {};
    if (name === undefined || examples.length === 0) continue;
    const isLoaded = await hasRows(warehouse, schema, name);
    if (!isLoaded) unloaded.push(job.id);
    const own = byService.get(schema) ?? [];
    byService.set(schema, isLoaded ? [...own, ...examples] : own);
  }
  const all = [...byService.values()];
  const rounds = Math.max(0, ...all.map(({ length }) => length));
  const examples = Array.from({ length: rounds }, (_, round) => all.flatMap((own) => own[round] ?? [])).flat();
  for (const { job } of assignments.filter((one) => one.job.columns !== undefined)) {
    if (await hasRows(warehouse, job.service, job.data_type)) examples.push(rowsOf(job));
    else unloaded.push(job.id);
  }
  return { examples, unloaded };
}

/** A run that failed may have left no table, or one that an earlier run has filled. */
const hasRows = async (warehouse: Warehouse, schema: string, name: string): Promise<boolean> =>
  (await warehouse.newest({ schema, name }, 'ingested_at')) !== undefined;

const rowsOf = ({ id, service, data_type, columns = [] }: Job): Example =>
  rowsOfProgram(
    id,
    `${service}.${data_type}`,
    columns.map(({ name }) => name),
  );
