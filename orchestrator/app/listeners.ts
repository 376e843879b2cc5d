/** Who is told which events of which jobs, by the configuration. Pure. */
import { matchesGlob } from '../config/glob.ts';
import type { Environment, Job, Listener } from '../config/job.ts';
import type { Audience } from '../run/order.ts';

/** Those that are told of the job at all. */
export const listenersOf = ({ events }: Pick<Environment, 'events'>, job: string): Listener[] =>
  events.filter(({ jobs }) => jobs === undefined || jobs.includes(job));

export const wantsKind = ({ kinds }: Pick<Listener, 'kinds'>, kind: string): boolean =>
  kinds.length === 0 || kinds.some((pattern) => matchesGlob(pattern, kind));

export function audienceIn(environment: Pick<Environment, 'events'>): (job: Pick<Job, 'id'>) => Audience {
  return ({ id }) => {
    const all = listenersOf(environment, id);
    return {
      sinks: all.map(({ name }) => name),
      wants: (kind) => all.some((listener) => wantsKind(listener, kind)),
    };
  };
}
