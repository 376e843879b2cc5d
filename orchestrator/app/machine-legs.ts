/** The legs of a plan as the workflow needs them: what each machine installs, and how long it may take. Pure. */
import { argumentsOutside, installArguments } from '../drivers/use.ts';
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
  /** The same for a machine with the bundle that the plan was made from: what that leaves out, and mostly nothing. */
  readonly outside: string;
}

/**
 * `drivers`: npm packages that every leg needs besides those of its jobs; `bundled`: those of ours in the bundle. Where the plan was made
 * without one, nobody knows what another would have, and all is outside.
 */
export const machineLegs = (
  legs: readonly Leg[],
  drivers: readonly string[],
  bundled: readonly string[] = [],
): MachineLeg[] =>
  legs.map((leg) => {
    const { packages: _, timeout_minutes, ...rest } = leg;
    return {
      ...rest,
      timeout_minutes: Math.ceil(timeout_minutes) + MARGIN_MINUTES,
      time_limit_minutes: timeout_minutes,
      ...installed([leg], drivers, bundled),
    };
  });

/** A machine that runs all legs of a plan, each as a process. */
export interface OneMachine extends Pick<MachineLeg, 'services' | 'install' | 'outside'> {}

export const oneMachine = (
  legs: readonly Leg[],
  drivers: readonly string[],
  bundled: readonly string[] = [],
): OneMachine => ({
  services: [...new Set(legs.flatMap(({ services }) => services))],
  ...installed(legs, drivers, bundled),
});

function installed(
  legs: readonly Leg[],
  drivers: readonly string[],
  bundled: readonly string[],
): Pick<MachineLeg, 'install' | 'outside'> {
  const packages = new Set(legs.flatMap((leg) => leg.packages.split(' ').filter(Boolean)));
  const needed = ['tidemill', ...packages, ...drivers];
  return { install: installArguments(needed), outside: argumentsOutside(needed, bundled) };
}
