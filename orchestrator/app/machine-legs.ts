/** The legs of a plan as the workflow needs them: what each machine installs, and how long it may take. Pure. */
import { installArguments } from '../drivers/use.ts';
import type { Leg } from '../plan/types.ts';

/** Minutes for everything around the jobs' own time: checkout, install, the last load, the report. */
const MARGIN_MINUTES = 10;

export interface MachineLeg extends Omit<Leg, 'packages'> {
  /** Whole minutes, as GitHub wants them; it ends the machine only after the jobs' own limits have spoken. */
  readonly timeout_minutes: number;
  /** When the process itself stops in order, having committed its last mark. */
  readonly time_limit_minutes: number;
  /** Arguments of `npm ci`, separated by blanks. */
  readonly install: string;
}

/** `drivers`: npm packages that every leg needs besides those of its jobs. */
export const machineLegs = (legs: readonly Leg[], drivers: readonly string[]): MachineLeg[] =>
  legs.map(({ packages, timeout_minutes, ...leg }) => ({
    ...leg,
    timeout_minutes: Math.ceil(timeout_minutes) + MARGIN_MINUTES,
    time_limit_minutes: timeout_minutes,
    install: installArguments(['@tidemill/orchestrator', ...packages.split(' ').filter(Boolean), ...drivers]),
  }));
