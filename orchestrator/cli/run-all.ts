/** Runs assignments, shows progress, and tells what became of them: the person, the step summary and the annotations. */
import { join, resolve } from 'node:path';
import { asTidemillError } from '@tidemill/kit';
import { errorFiles } from '../app/error-files.ts';
import { explore } from '../app/explore.ts';
import { setting } from '../app/host.ts';
import { type Ran, type RunRequest, run } from '../app/run.ts';
import type { Session } from '../app/session.ts';
import { follow } from '../app/stream.ts';
import type { Decision } from '../plan/types.ts';
import { exitCode } from '../report/outcome.ts';
import { legSummary } from '../report/summary.ts';
import { resultText } from '../report/terminal.ts';
import { lineText } from '../text/table.ts';
import { type CommonOptions, print } from './command.ts';
import { printErrors } from './errors.ts';
import { exploredText } from './explore.ts';
import { addSummary } from './github.ts';
import type { Terminal } from './host.ts';
import { showProgress } from './progress.ts';
import { tellUnsent } from './unsent.ts';

export interface RunAllOptions extends Pick<CommonOptions, 'json'> {
  readonly explore?: true;
  readonly errorDir?: string;
  /** What is said when no job ran. */
  readonly idle?: string;
  /** Jobs that were asked for and do not run. */
  readonly refused?: readonly Decision[];
}

/** Closes the session. Answers the exit code. */
export async function runAll(
  terminal: Terminal,
  session: Session,
  request: RunRequest,
  options: RunAllOptions,
): Promise<number> {
  const jobs = request.assignments.map(({ job }) => job.id);
  const progress = showProgress(options.json ? terminal.stderr : terminal.stdout, session.host.clock, jobs);
  try {
    const { answer, faults } = await follow(run(session, request), [progress]);
    const { results, unrecorded } = answer;
    await printErrors(terminal, faults);
    progress.end();
    const keeping = await printErrors(terminal, [unrecorded]);
    await addSummary(terminal, legSummary(results));
    await tellUnsent(terminal, answer.untold);
    await annotate(terminal, session, request, answer);
    await leaveErrorFiles(terminal, session, request, answer, options);
    const { refused = [], idle = 'Nothing ran.' } = options;
    const document = { run: request.runId, results, ...(refused.length === 0 ? {} : { refused }) };
    // The identity of the run stands above what became of it: `report --run-id` asks for it.
    const ran = (): string => `\nrun ${request.runId}\n\n${resultText(results)}`;
    print(terminal, options, document, () => (results.length === 0 ? `${lineText(idle)}\n` : ran()));
    const exploring = options.explore && !options.json ? await showExplored(terminal, session, request) : 0;
    return exitCode(results) || keeping || exploring;
  } finally {
    progress.end();
    await session.close();
  }
}

/** What became of the jobs stays the answer where the warehouse cannot be asked. Answers the exit code. */
async function showExplored(terminal: Terminal, session: Session, { assignments }: RunRequest): Promise<number> {
  try {
    terminal.stdout.write(exploredText(await explore(session, assignments), terminal.cwd));
    return 0;
  } catch (thrown) {
    return printErrors(terminal, [asTidemillError(thrown)]);
  }
}

/** Where somebody asked for them. */
async function leaveErrorFiles(
  terminal: Terminal,
  session: Session,
  request: RunRequest,
  ran: Ran,
  { errorDir = setting(terminal, 'TIDEMILL_ERROR_DIR') }: RunAllOptions,
): Promise<void> {
  if (errorDir === undefined) return;
  const folder = resolve(terminal.cwd, errorDir);
  for (const { name, contents } of await errorFiles(session, request, ran)) {
    terminal.writeFile(join(folder, name), contents);
  }
}

/** On Actions, a red job is an annotation at its place in the configuration. */
async function annotate(
  { actions }: Terminal,
  { config }: Session,
  { assignments }: RunRequest,
  { results }: Ran,
): Promise<void> {
  const top = { file: config.file, line: 1, column: 1 };
  for (const { job, failure, gates } of results) {
    const place = assignments.find((assignment) => assignment.job.id === job)?.job.place ?? top;
    const message = failure?.message ?? gates[0];
    if (message !== undefined) await actions?.annotate({ ...place, level: 'error', message, title: job });
  }
}
