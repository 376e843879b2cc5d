/** What became of the jobs of a run, as findings for their issues. Pure. */
import { reproduceCommand } from '../report/failure.ts';
import { isRed, rejectLines } from '../report/outcome.ts';
import { type JobResult, transformedWarehouse } from '../result/result.ts';
import { instant, plural } from '../text/format.ts';
import { fenced } from '../text/markdown.ts';
import { markdownText, shortened } from '../text/table.ts';
import type { Finding } from './issue.ts';

/** A leg that ended without a word. */
export interface LostRun {
  readonly job: string;
  readonly slot: string;
}

export interface RunFacts {
  readonly environment: string;
  readonly results: readonly JobResult[];
  readonly lost: readonly LostRun[];
  /** When the run was planned. */
  readonly plannedAt: string;
  /** Where people see the run. */
  readonly url: string | undefined;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

/** GitHub takes 65,536 characters for an issue; these leave room for everything else. */
const MOST_CHARACTERS = 1500;
const MOST_LINES = 10;

/** One finding for each job that failed, or ended well; none for those that were covered or stopped. */
export function findingsOf(run: RunFacts): Finding[] {
  const told = run.results.filter(({ result, environment }) => {
    return environment === run.environment && (result === 'done' || result === 'failed');
  });
  // Newest first.
  const jobs = Map.groupBy(
    told.toSorted((a, b) => b.started_at.localeCompare(a.started_at)),
    ({ job }) => job,
  );
  const lost = run.lost.filter(({ job }) => !jobs.has(job)).map((one) => lostFinding(one, run));
  return [
    ...[...jobs.values()].flatMap(([newest, ...older]) => (newest === undefined ? [] : jobFinding(newest, older, run))),
    ...lost,
  ];
}

/** The newest decides. */
function jobFinding(newest: JobResult, older: readonly JobResult[], run: RunFacts): Finding {
  const common = commonOf(newest, run);
  if (!isRed(newest)) {
    const line = newsOf(newest);
    return { word: 'well', ...common, line, at: newest.started_at, facts: `${line} ${linkTo(run)}`.trim() };
  }
  const failures = [newest, ...older].filter(isRed).map(({ started_at }) => started_at);
  const { code = 'gate-not-met', message = newest.gates.join(', ') } = newest.failure ?? {};
  const line = shortened(run.redact(message), 300);
  return { word: 'failing', ...common, line, code, failures: failures.reverse(), facts: factsOf(newest, run) };
}

function newsOf({ built, totals: { inserted, updated } }: JobResult): string {
  if (built === undefined) return `${plural(inserted + updated, 'row')} new or changed.`;
  return `${plural(built.models, 'model')} made, ${plural(built.tests, 'test')} passed.`;
}

function lostFinding(lost: LostRun, run: RunFacts): Finding {
  const line = `The leg of ${instant(lost.slot)} ended without a report: its machine was stopped or lost.`;
  const isByHand = lost.slot.startsWith('manual-');
  const who = isByHand ? 'you: a run by hand is not tried again' : 'nobody yet: its slot is owed again';
  const lines = [line, `Who must act: ${who}. If it goes on, the log of the leg may say why.`];
  const facts = blocks(lines, lost, run);
  return { word: 'failing', ...commonOf(lost, run), line, code: 'leg-lost', failures: [run.plannedAt], facts };
}

/** By which people, and whoever looks for it, know the issue of a job. */
export const issueTitle = (job: string, environment: string): string =>
  shortened(`${job} fails in ${environment}`, 200);

const commonOf = ({ job }: LostRun, { environment }: RunFacts) => ({
  subject: { job, environment },
  title: issueTitle(job, environment),
});

function factsOf(result: JobResult, run: RunFacts): string {
  const { failure, outlook, gates } = result;
  const lines = [
    ...(failure === undefined ? [] : [`${failure.kind} ${failure.code}: ${failure.message}`]),
    ...gates.map((gate) => `What was read is loaded, but a gate is not met: ${gate}`),
    ...(failure === undefined ? [] : [`Who must act: ${failure.who}`]),
    ...(failure?.hint === undefined ? [] : [failure.hint]),
    ...(outlook === undefined ? [] : [outlook]),
    ...rejectLines(result),
  ];
  return blocks(lines, result, run);
}

function blocks(lines: readonly string[], at: LostRun | JobResult, run: RunFacts): string {
  const list = lines.slice(0, MOST_LINES).map((line) => `- ${harmless(line, run)}`);
  return [list.join('\n'), commandsFor(at, run), linkTo(run)].filter((block) => block !== '').join('\n\n');
}

/** Escaped, a character may become six: the shorter it has to be cut. */
function harmless(text: string, { redact }: RunFacts): string {
  const clean = redact(text);
  for (let most = MOST_CHARACTERS; ; most = Math.floor(most / 2)) {
    const escaped = markdownText(shortened(clean, most));
    if (escaped.length <= 2 * MOST_CHARACTERS) return escaped;
  }
}

/** Only for names that mean nothing to a shell, whoever wrote the run's record. */
function commandsFor(at: LostRun | JobResult, { environment }: RunFacts): string {
  const { job, slot } = at;
  if (![job, slot, environment].every((word) => /^[\w:.-]+$/.test(word))) return '';
  const again = `${reproduceCommand({ ...at, environment })}    # to see it on your own machine`;
  if (transformedWarehouse(job) !== undefined) return fenced([again], 'sh');
  const pause = `npx tidemill pause ${job} --environment ${environment}`;
  const lines = [again, `${pause}    # to have peace until it is mended`];
  return fenced(lines, 'sh');
}

const linkTo = ({ url }: RunFacts): string => (url === undefined ? '' : `[The run](${url})`);
