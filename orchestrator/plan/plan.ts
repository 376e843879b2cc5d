/** The planner: what is owed now, and why. Asked any number of times, however late, it gives each slot one run. */

import { isRunning } from './held.ts';
import { packLegs } from './legs.ts';
import { isEmpty, manualVerdict, pick } from './manual.ts';
import { missingCredentialsIn } from './missing-credentials.ts';
import { scheduledVerdict } from './scheduled.ts';
import type { Decision, Plan, PlanInput } from './types.ts';
import type { Verdict } from './verdict.ts';

/**
 * Decides on every job of the configuration. Pure: the same input gives the same plan, and nothing is changed.
 * `records` is what a recording plan writes; a plan by hand has none, for it does not look at the schedule.
 *
 * Throws a TidemillError `config` for a selection that names an unknown job (`unknown-job`) or group
 * (`unknown-group`).
 */
export function plan(input: PlanInput): Plan {
  const { config, environment, now } = input;
  const verdicts = verdictsOn(input);
  const wanted = verdicts.flatMap(({ runs }) => runs);
  const { legs, runs } = packLegs(input, wanted);
  const decisions = verdicts.map(({ decision }) => decision);
  return {
    now: now.toISOString(),
    environment,
    runs,
    decisions: runs.length === wanted.length ? decisions : defer(decisions, new Set(runs.map(({ job }) => job))),
    missing_credentials: missingCredentialsIn(decisions, input),
    records: verdicts.flatMap(({ records }) => records),
    matrix: { include: legs },
    max_parallel: Math.max(1, Math.min(config.max_parallel_jobs, legs.length)),
    has_work: runs.length > 0,
  };
}

function verdictsOn(input: PlanInput): Verdict[] {
  const { config, selection } = input;
  if (selection === undefined || isEmpty(selection)) return config.jobs.map((job) => scheduledVerdict(job, input));
  const picked = pick(config, selection);
  return config.jobs.map((job) => manualVerdict(job, input, selection, picked));
}

function defer(decisions: readonly Decision[], running: ReadonlySet<string>): Decision[] {
  return decisions.map((decision) => {
    if (!isRunning(decision) || running.has(decision.job)) return decision;
    return {
      ...decision,
      decision: 'deferred',
      reason: `${decision.reason}; the matrix is full, so the next plan takes it`,
    };
  });
}
