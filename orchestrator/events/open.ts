import type { Driver } from '../drivers/manifest.ts';
import { openDriver } from '../drivers/open.ts';
import type { EventSink, EventsOptions, OpenEvents } from './contract.ts';

interface EventsWorld extends Omit<EventsOptions, 'location'> {
  /** Those to choose from; our own if not given. */
  readonly drivers?: readonly Driver[];
}

/** Who is to be told of events, at a URL, a name or an absolute path. Throws kinds `config` and `auth`. */
export async function openEvents(location: string, { drivers, ...world }: EventsWorld): Promise<EventSink> {
  return openDriver<OpenEvents>('events', { location, ...world }, drivers);
}
