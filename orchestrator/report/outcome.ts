/** What a run comes to: the first sentence of every report, and the exit code. Pure. */
import { EXIT_GATE } from '@tidemill/kit';
import { MOST_REASONS, quarantineCommand, rejectsText } from '../result/gates.ts';
import {
  addTotals,
  type JobResult,
  noTotals,
  type RowTotals,
  type Totals,
  transformedWarehouse,
} from '../result/result.ts';
import { count, plural } from '../text/format.ts';

const totalsOf = (results: readonly JobResult[]): Totals =>
  results.reduce((sum, { totals }) => addTotals(sum, totals), noTotals);

/** Red: failed, or over a gate. */
export const isRed = ({ result, gates }: JobResult): boolean => result === 'failed' || gates.length > 0;

/** 0 when nothing is red; the code of the first failure, else of a gate; 130 when a person stopped it. */
export function exitCode(results: readonly JobResult[]): number {
  const failure = results.find(({ failure }) => failure !== undefined)?.failure;
  if (failure !== undefined) return failure.exit;
  if (results.some(({ gates }) => gates.length > 0)) return EXIT_GATE;
  return results.some(({ result }) => result === 'stopped') ? 130 : 0;
}

/** One word and its reason for a table. */
export function word({ result, slot, totals, gates, is_settled, built }: JobResult): string {
  if (gates.length > 0) return 'gate not met';
  switch (result) {
    case 'done':
      return built === undefined && totals.packages === 0 && totals.records === 0 ? 'unchanged' : 'done';
    case 'parked':
      return 'waiting';
    case 'covered':
      return 'already covered';
    case 'failed':
      // A run by hand is nobody's debt, however early it failed.
      return is_settled || slot.startsWith('manual-') ? 'failed' : 'failed, owed again';
    case 'stopped':
      return 'stopped';
    default:
      return result satisfies never;
  }
}

/**
 * `7 jobs done: 356,219 inserted, 0 updated, 0 deleted.`, `11 runs of 2 jobs done: …`, `1 transform done: 23 models made, 64 tests
 * run.`; or, when something is red, `2 of 3 runs failed or over a gate; 1 done. 12 inserted, …`, where no run counts twice.
 */
export function headline(results: readonly JobResult[]): string {
  if (results.length === 0) return 'No job ran.';
  const red = results.filter(isRed).length;
  const done = results.filter((result) => result.result === 'done' && !isRed(result));
  const changes = changesOf(results);
  if (red > 0) {
    const runs = plural(results.length, 'run');
    return `${count(red)} of ${runs} failed or over a gate; ${count(done.length)} done. ${changes}.`;
  }
  const waiting = results.filter(({ result }) => result === 'parked').length;
  if (done.length === 0 && waiting > 0)
    return `${plural(waiting, 'job')} ${waiting === 1 ? 'waits' : 'wait'} for crawls. ${changes}.`;
  if (done.length === 0) return `${plural(0, results.every(isTransform) ? 'transform' : 'job')} done: ${changes}.`;
  const [transforms, jobs] = [done.filter(isTransform), done.filter((result) => !isTransform(result))];
  const what = [
    ...(jobs.length === 0 ? [] : [jobsText(results, jobs)]),
    ...(transforms.length === 0 ? [] : [plural(transforms.length, 'transform')]),
  ];
  const rest = waiting === 0 ? '' : ` ${plural(waiting, 'job')} ${waiting === 1 ? 'waits' : 'wait'} for crawls.`;
  return `${what.join(' and ')} done: ${changes}.${rest}`;
}

const isTransform = ({ job }: JobResult): boolean => transformedWarehouse(job) !== undefined;

const jobsText = (results: readonly JobResult[], done: readonly JobResult[]): string =>
  jobsOf(results) < results.length
    ? `${plural(done.length, 'run')} of ${plural(jobsOf(done), 'job')}`
    : plural(done.length, 'job');

/** What came into tables, and what was made of them. */
function changesOf(results: readonly JobResult[]): string {
  const { inserted, updated, deleted, rejected } = totalsOf(results);
  const built = results.flatMap((result) => result.built ?? []);
  const sum = (of: 'models' | 'tests'): number => built.reduce((total, one) => total + one[of], 0);
  const rows = `${count(inserted)} inserted, ${count(updated)} updated, ${count(deleted)} deleted`;
  return [
    ...(results.every(isTransform) ? [] : [rows]),
    ...(rejected === 0 ? [] : [`${count(rejected)} rejected`]),
    ...(results.some(isTransform)
      ? [`${plural(sum('models'), 'model')} made, ${plural(sum('tests'), 'test')} run`]
      : []),
  ].join(', ');
}

/** Why records were rejected, and how to see them; nothing where none was, or where a gate says it. */
export function rejectLines({ job, environment, rejects, quarantine, gates }: JobResult): string[] {
  const text = rejectsText(job, environment, rejects);
  return quarantine.length === 0 || gates.some((gate) => gate.endsWith(text)) ? [] : [`Rejected: ${text}`];
}

/** The most frequent of them. */
export const rejectReasons = (rejects: readonly string[]): string => rejects.slice(0, MOST_REASONS).join('; ');

/** To be copied. */
export const quarantineLine = ({ job, environment }: Pick<JobResult, 'job' | 'environment'>): string =>
  quarantineCommand(job, environment);

/** Rows of the other warehouses, a sentence each, where they are not those of the first. */
export function otherRows({ targets = {}, totals }: JobResult): string[] {
  const differ = ([, rows]: [string, RowTotals]): boolean =>
    (Object.keys(rows) as (keyof RowTotals)[]).some((name) => rows[name] !== totals[name]);
  return Object.entries(targets)
    .filter(differ)
    .map(([name, { inserted, updated, unchanged, deleted }]) => {
      const changes = `${count(inserted)} inserted, ${count(updated)} updated, ${count(deleted)} deleted`;
      return `${name}: ${changes}, ${count(unchanged)} unchanged`;
    });
}

const jobsOf = (results: readonly JobResult[]): number => new Set(results.map(({ job }) => job)).size;
