/** What a service has, before a job reads it: its data sets, and values for options. */
import type { Choice, Choices, ChoicesContext, Connector, LookContext } from '@tidemill/kit';
import { type Discovered, discoverIn, firstOf } from './datasets.ts';
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

/** Throws what the source does. */
export const discover = (endpoint: Endpoint, request: LookRequest): Promise<Discovered> =>
  look(endpoint, request, (context) => discoverIn(endpoint.connector, context));

/** At most so many. */
export const valuesFor = (
  endpoint: Endpoint,
  choices: Choices,
  request: LookRequest & Pick<ChoicesContext, 'jobs'>,
  most: number,
): Promise<Choice[]> =>
  look(endpoint, request, (context) => firstOf(choices({ ...context, jobs: request.jobs }), most));
