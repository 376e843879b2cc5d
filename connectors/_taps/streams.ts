/** Streams by the names that jobs give them. Pure. */
import { TidemillError } from '@tidemill/kit';
import { sqlName } from './dataset.ts';

/** By the `data_type` of a job: `raw-orders` is `raw_orders`. Throws `tap-streams` where two would be one. */
export function byDataType<T>(streams: readonly T[], nameOf: (stream: T) => string): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const stream of streams) {
    const name = sqlName(nameOf(stream));
    const other = found.get(name);
    if (other !== undefined) throw alike(nameOf(other), nameOf(stream));
    found.set(name, stream);
  }
  return found;
}

/** The stream of that name, as the tap or as a job calls it. Throws `tap-stream` of kind `config`. */
export function streamNamed<T>(streams: readonly T[], wanted: string, nameOf: (stream: T) => string): T {
  const own = streams.find((stream) => nameOf(stream) === wanted);
  const found = own ?? byDataType(streams, nameOf).get(wanted);
  if (found !== undefined) return found;
  const names = streams.map((stream) => sqlName(nameOf(stream)));
  throw new TidemillError('config', 'tap-stream', `The tap has no stream ${wanted}`, {
    hint: names.length === 0 ? 'It has none at all.' : `It has: ${names.slice(0, 50).join(', ')}.`,
  });
}

const alike = (one: string, other: string): TidemillError =>
  new TidemillError('config', 'tap-streams', `The streams ${one} and ${other} of the tap would be one table`, {
    hint: 'Give a job of each a command of its own, which ends with the name of the stream as the tap calls it.',
  });
