/**
 * The verdict on a job when somebody asks for runs by hand. Pure.
 *
 * A manual run has an identity of its own, `manual-<run id>`: it neither waits for a slot nor settles one, and such a
 * plan records nothing. Globs, groups and `force` alone pick up enabled jobs only; a disabled job runs when its exact
 * id is given. A paused job, and one whose data set is gone, run with `force`. Nothing runs in an environment it does not belong to, nor beside a run
 * of the same job that is alive.
 */
import { TidemillError } from '@tidemill/kit';
import { quoted, suggestion } from '../config/faults.ts';
import { isGlob, matchesGlob } from '../config/glob.ts';
import type { Config, Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { attemptsAt } from '../state/attempts.ts';
import { emptyState } from '../state/transitions.ts';
import { readingOf } from './interval.ts';
import { nextSlotOf } from './owed.ts';
import type { PlanInput, PlannedRun, Selection } from './types.ts';
import {
  claimReason,
  elsewhereReason,
  goneReason,
  idle,
  isElsewhere,
  liveClaim,
  missingReason,
  type Verdict,
} from './verdict.ts';
import { waitingVerdict } from './waiting.ts';

/** How a job came to be selected: by its own id, or together with others. */
type Picked = ReadonlyMap<string, 'by_id' | 'with_others'>;

/** True when a plan by hand names nothing: then what is owed runs. */
export const isEmpty = (selection: Selection): boolean => !selection.force && namesNone(selection);

/** Whether no job is left out: what is owed runs, or with force every one. */
export const namesNone = ({ jobs, groups }: Selection): boolean =>
  names(jobs).length === 0 && names(groups).length === 0;

/** Throws a TidemillError `config`: `unknown-job` or `unknown-group`, with the nearest name there is. */
export function pick(config: Config, { jobs, groups, force }: Selection): Picked {
  const ids = config.jobs.map(({ id }) => id);
  const known = new Set(ids);
  const picked = new Map<string, 'by_id' | 'with_others'>();
  for (const group of names(groups)) for (const id of jobsOf(config, group)) picked.set(id, 'with_others');
  for (const name of names(jobs)) {
    if (known.has(name)) picked.set(name, 'by_id');
    else for (const id of matching(name, ids, config)) picked.set(id, picked.get(id) ?? 'with_others');
  }
  if (force && names([...jobs, ...groups]).length === 0) for (const id of ids) picked.set(id, 'with_others');
  return picked;
}

/** The verdict on a job of a plan by hand. */
export function manualVerdict(job: Job, input: PlanInput, selection: Selection, picked: Picked): Verdict {
  const state = input.states.get(job.id) ?? emptyState(job.id);
  const how = picked.get(job.id);
  if (how === undefined) return idle(job, 'not_selected', 'not selected', {});
  if (isElsewhere(job, input.environment)) return idle(job, 'other_environment', elsewhereReason(job), {});
  if (state.moved_to !== undefined) return idle(job, 'renamed', `renamed to ${state.moved_to}`, {});
  if (!job.enabled && how === 'with_others') {
    return idle(job, 'disabled', 'disabled in the configuration; its exact id would run it', {});
  }
  if (state.paused !== undefined && !selection.force) {
    return idle(job, 'paused', `paused: ${state.paused.reason}; force would run it`, {});
  }
  const next = job.enabled ? nextSlotOf(job, input.now) : undefined;
  const claim = liveClaim(state, input);
  if (claim !== undefined) return idle(job, 'in_progress', claimReason(claim), { slot: claim.slot, next });
  const waiting = waitingVerdict(job, state, input, next);
  if (waiting !== undefined) return waiting;
  const slot = `manual-${selection.runId}`;
  const gone = selection.force ? undefined : goneReason(job, input);
  if (gone !== undefined) return idle(job, 'unit_gone', `${gone}; force would run it`, { slot, next });
  const missing = missingReason(job, input);
  if (missing !== undefined) return idle(job, 'missing_credentials', missing, { slot, next });
  const { start, end } = readingOf(job, state, { slot, now: input.now }).interval;
  const interval = { start: start.toISOString(), end: end.toISOString() };
  const reason = job.enabled ? 'asked for by hand' : 'asked for by hand, though disabled on schedule';
  const run: PlannedRun = { job: job.id, slot, interval, attempt: attemptsAt(state, slot) + 1, reason };
  const decision = { job: job.id, decision: 'run', reason, slot, ...(next === undefined ? {} : { next }) } as const;
  return { decision, runs: [run], records: [] };
}

/** Names as people type them, alone or comma-separated. */
const names = (typed: readonly string[]): string[] =>
  typed
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');

function jobsOf({ groups }: Config, name: string): readonly string[] {
  const group = groups.get(name);
  if (group !== undefined) return group.jobs;
  throw unknown('unknown-group', `there is no job group ${quoted(name)}`, name, [...groups.keys()]);
}

function matching(glob: string, ids: readonly string[], { jobs }: Config): string[] {
  const renamed = jobs.find(({ previous_ids }) => previous_ids.includes(glob));
  if (renamed !== undefined)
    throw new TidemillError('config', 'unknown-job', `there is no job ${quoted(glob)} any more`, {
      hint: `It is called ${quoted(renamed.id)} now.`,
    });
  if (!isGlob(glob)) throw unknown('unknown-job', `there is no job ${quoted(glob)}`, glob, ids);
  const found = ids.filter((id) => matchesGlob(glob, id));
  if (found.length > 0) return found;
  throw unknown('unknown-job', `no job matches ${quoted(glob)}`, glob.replaceAll(/[*?]/g, ''), ids);
}

/** More than a line of ids is read by nobody. */
const MOST_NAMED = 8;

function unknown(code: string, message: string, name: string, candidates: readonly string[]): TidemillError {
  const near = nearest(name, candidates);
  const isLong = near === undefined && code === 'unknown-job' && candidates.length > MOST_NAMED;
  const hint = isLong
    ? `There are ${candidates.length} jobs: \`npx tidemill status\` lists them.`
    : suggestion(near, candidates);
  return new TidemillError('config', code, message, hint === undefined ? {} : { hint });
}
