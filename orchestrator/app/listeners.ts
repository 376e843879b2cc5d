/** Who is told which events of which jobs, by the configuration. Pure. */
import { matchesGlob } from '../config/glob.ts';
import type { Environment, Job, Listener } from '../config/job.ts';
import type { Audience } from '../run/order.ts';
import type { Outbox } from '../state/outbox.ts';

/** Those that are told of the job at all. */
export const listenersOf = ({ events }: Pick<Environment, 'events'>, job: string): Listener[] =>
  events.filter(({ jobs }) => jobs === undefined || jobs.includes(job));

export const wantsKind = ({ kinds }: Pick<Listener, 'kinds'>, kind: string): boolean =>
  kinds.length === 0 || kinds.some((pattern) => matchesGlob(pattern, kind));

/**
 * How many events the listener lacks behind the one of that number. Of those that were put aside nobody knows the kinds without reading
 * them: all are counted.
 */
export function lackedBy(listener: Pick<Listener, 'kinds'>, { next, entries, aside }: Outbox, sent: number): number {
  if (listener.kinds.length === 0) return next - 1 - sent;
  const wanted = entries.filter(({ n, type }) => n > sent && wantsKind(listener, type));
  return Math.max(0, (aside?.through ?? 0) - sent) + wanted.length;
}

export function audienceIn(environment: Pick<Environment, 'events'>): (job: Pick<Job, 'id'>) => Audience {
  return ({ id }) => {
    const all = listenersOf(environment, id);
    return {
      sinks: all.map(({ name }) => name),
      wants: (kind) => all.some((listener) => wantsKind(listener, kind)),
    };
  };
}
