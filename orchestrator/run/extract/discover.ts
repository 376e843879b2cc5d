/** What a service has, before a job reads it: its data sets, and values for options. */
import {
  type Choice,
  type Choices,
  type ChoicesContext,
  type Connector,
  columnsOf,
  type Dataset,
  type LookContext,
  type Stream,
} from '@tidemill/kit';
import { type Door, type OpenRequest, openDoor } from './source.ts';

/** A service with its connector, and how to get in. */
export interface Endpoint {
  readonly connector: Connector;
  readonly door: Door;
}

export type LookRequest = OpenRequest & Pick<LookContext, 'now'>;

/** What `work` makes of a connector's view of the account; it is closed afterwards. */
async function look<T>(
  { door }: Endpoint,
  request: LookRequest,
  work: (context: LookContext) => Promise<T>,
): Promise<T> {
  const { now, signal, system } = request;
  const { given, close } = openDoor(door, request);
  try {
    return await work({ ...given, now, signal, system });
  } finally {
    await close();
  }
}

export interface Discovered {
  readonly datasets: readonly Dataset[];
  /** Whose account it is: a name. Undefined where the connector cannot say. */
  readonly account: string | undefined;
}

/**
 * All of them, or what the source threw. A connector whose data sets are its streams has them once the service has said who asks: of
 * credentials that are refused nothing is known. More than `most` are not read.
 */
export const discover = (endpoint: Endpoint, request: LookRequest, most: number): Promise<Discovered> =>
  look(endpoint, request, async (context) => {
    const { connector, door } = endpoint;
    const account =
      connector.whoami === undefined || door.baseUrl === undefined ? undefined : await connector.whoami(context.http);
    const found = connector.discover?.(context);
    return { account, datasets: found === undefined ? streamsOf(connector) : await firstOf(found, most + 1) };
  });

/** At most so many. */
export const valuesFor = (
  endpoint: Endpoint,
  choices: Choices,
  request: LookRequest & Pick<ChoicesContext, 'jobs'>,
  most: number,
): Promise<Choice[]> =>
  look(endpoint, request, (context) => firstOf(choices({ ...context, jobs: request.jobs }), most));

async function firstOf<T>(items: AsyncIterable<T>, most: number): Promise<T[]> {
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
