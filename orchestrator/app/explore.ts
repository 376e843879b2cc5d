/** After a first run: where the data lies, and queries to try, the first with its answer. */
import { type Example, TidemillError } from '@tidemill/kit';
import { driverOf } from '../drivers/manifest.ts';
import { loadConnector } from '../run/extract/connector.ts';
import type { Warehouse } from '../warehouse/contract.ts';
import type { Assignment } from './assignments.ts';
import type { Session } from './session.ts';

const MOST = 3;

export interface Explored {
  /** Their locations. */
  readonly bucket: string;
  readonly warehouse: string;
  /** What the warehouse's driver says to whoever wants to look into it. */
  readonly howTo: string | undefined;
  readonly examples: readonly Example[];
  /** To the first of them. */
  readonly answer: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] } | undefined;
}

export async function explore(session: Session, assignments: readonly Assignment[]): Promise<Explored> {
  const warehouse = await firstOf(session);
  const examples = (await examplesOf(assignments)).slice(0, MOST);
  const [first] = examples;
  const answer = first === undefined ? undefined : await warehouse.query?.(first.sql);
  const [location = ''] = session.environment.warehouses.values();
  const howTo = driverOf(session.config.drivers, 'warehouse', location)?.explore;
  return { bucket: session.bucket.url, warehouse: warehouse.url, howTo, examples, answer };
}

/** Every environment has one. */
async function firstOf({ environment, warehouses }: Session): Promise<Warehouse> {
  const [open] = warehouses.values();
  if (open === undefined) throw new TidemillError('bug', 'no-warehouse', `${environment.name} has no warehouse`);
  return open();
}

/** Examples of the streams that ran, taking turns between the services. */
async function examplesOf(assignments: readonly Assignment[]): Promise<Example[]> {
  const services = new Map(
    assignments.filter(({ job }) => job.command === undefined).map(({ service }) => [service.name, service]),
  );
  const examples: Example[][] = [];
  for (const service of services.values()) {
    const { streams } = await loadConnector(service);
    const ran = new Set(assignments.filter(({ job }) => job.service === service.name).map(({ job }) => job.data_type));
    examples.push(streams.filter(({ name }) => ran.has(name)).flatMap((stream) => stream.examples ?? []));
  }
  const rounds = Math.max(0, ...examples.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => examples.flatMap((own) => own[round] ?? [])).flat();
}
