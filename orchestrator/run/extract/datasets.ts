/** The data sets of a service. */
import {
  type Connector,
  columnsOf,
  type Dataset,
  type LookContext,
  openOf,
  type Stream,
  TidemillError,
} from '@tidemill/kit';

export interface Discovered {
  readonly datasets: readonly Dataset[];
  /** Whose account it is: a name. Undefined where the connector cannot say. */
  readonly account: string | undefined;
}

/**
 * Looks, before a service is asked, what was collected of it; then keeps what was found in the place of that, and answers the data sets,
 * checked. Throws why they are no catalog.
 */
export type KeepCatalog = (service: string) => Promise<(found: Discovered) => Promise<readonly Dataset[]>>;

/** More are no catalog that anybody could look through, and an object that no plan should read. */
export const MOST_DATASETS = 10_000;

/**
 * All of them, or what the source threw. A connector whose data sets are its streams has them once the service has said who asks: of
 * credentials that are refused nothing is known. Of more than there may be one too many is read.
 */
export async function discoverIn(connector: Connector, context: LookContext): Promise<Discovered> {
  const account = connector.baseUrl === undefined ? undefined : await connector.whoami?.(context.http);
  const found = connector.discover?.(context);
  if (found === undefined && openOf(connector) !== undefined) throw noCatalog(connector.service);
  return { account, datasets: found === undefined ? streamsOf(connector) : await firstOf(found, MOST_DATASETS + 1) };
}

const noCatalog = (service: string): TidemillError =>
  new TidemillError(
    'config',
    'no-catalog',
    `${service} cannot say which data sets it has: they are what its jobs make`,
    {
      hint: 'There is nothing to collect. What a job reads stands in its options.',
    },
  );

export async function firstOf<T>(items: AsyncIterable<T>, most: number): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length >= most) break;
  }
  return all;
}

const streamsOf = ({ streams }: Connector): Dataset[] => streams.map((stream) => datasetOf(stream as Stream));

/** A stream as the data set that it reads. */
function datasetOf(stream: Stream): Dataset {
  const { name, description, row, key, cursor, byInterval, crawl } = stream;
  const goesOn = cursor !== undefined || byInterval === true;
  return {
    name,
    description,
    columns: columnsOf(row).map(({ name, type, description }) => ({ name, type, description })),
    key,
    capabilities: [
      ...(goesOn ? (['incremental'] as const) : []),
      ...(crawl === undefined ? (['full'] as const) : []),
      ...(isPreviewed(stream) ? (['preview'] as const) : []),
    ],
  };
}

export const isPreviewed = ({ preview, crawl }: Stream): boolean => preview === true && crawl === undefined;
