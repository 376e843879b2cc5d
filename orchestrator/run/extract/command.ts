/**
 * Runs a job's own program. Its standard output is records, one JSON value a line, which are handed on as they came; files
 * it leaves in `$TIDEMILL_OUTPUT` are artifacts; what it leaves in `$TIDEMILL_CURSOR_FILE` the next run finds there again;
 * whatever it starts ends with it.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Emission, type ExtractContext, type Lines, TidemillError } from '@tidemill/kit';
import { redactText } from '@tidemill/kit/redact';
import type { Job, Setup } from '../../config/job.ts';
import { withLastWords } from '../../text/last-words.ts';
import { CheckpointLines } from './command-checkpoints.ts';
import { type CommandFiles, commandFiles, hasFiles, leftFiles, newCursor } from './command-files.ts';
import { readOutput } from './command-output.ts';
import { checkSetup, pathWith } from './command-setup.ts';
import { ended, killGroup, type Program, passedOn, spawnOptions, wordsOf } from './program.ts';
import { readLines } from './said-lines.ts';

export interface CommandRun
  extends Pick<
    ExtractContext<string | undefined, unknown>,
    'cursor' | 'interval' | 'mode' | 'signal' | 'notice' | 'said'
  > {
  readonly job: Pick<
    Job,
    'id' | 'service' | 'data_type' | 'dependencies' | 'working_directory' | 'scope' | 'write' | 'primary_key'
  >;
  readonly command: string | readonly string[];
  readonly slot: string;
  readonly environment: string;
  /** What is installed for it. */
  readonly setup?: Setup | undefined;
  /** The environment of this process; the command sees its `dependencies` and what any program needs to start. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Exit codes of sysexits.h that a program can use to say who must act. */
const EX_TEMPFAIL = 75;
const EX_NOPERM = 77;
const EX_CONFIG = 78;

type Child = ChildProcessByStdio<null, Readable, Readable>;

export async function* runCommand(run: CommandRun): AsyncIterable<Emission<string>> {
  await checkSetup({ name: run.job.service, setup: run.setup });
  // A backfill reads the past: where the job goes on is none of its business.
  const files = await commandFiles(run.mode === 'backfill' ? undefined : run.cursor);
  if (run.signal.aborted) {
    // Stopped while the folder was made: a program that is started now would hear of no end, and outlive the run.
    await files.remove();
    throw run.signal.reason;
  }
  const checkpoints = new CheckpointLines({ ...run, seed: files.folder });
  const child = start(run, { ...files, checkpoint: checkpoints.prefix });
  const ending = ended(child);
  // Nobody waits for it when the run is stopped and the pipe closed under it.
  const stderr = readLines(child.stderr, { redact: redactorOf(run), said: run.said }).catch(() => undefined);
  const stop = (): void => {
    killGroup(child);
    // What left the group may still hold the pipes open.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    const url = `command:${run.job.id}`;
    const output = readOutput({ stdout: child.stdout, job: run.job.id, checkpoints });
    let said: string | undefined;
    let step = await output.next();
    for (; step.done !== true; step = await output.next()) {
      if ('length' in step.value) {
        yield { lines: step.value, url };
        continue;
      }
      if ('checkpoint' in step.value) {
        said = step.value.checkpoint;
        if (run.mode === 'backfill') refuseSlice(run.job);
      }
      // Files are kept when it has ended: whoever went on behind them would never leave them again.
      const isKept = run.mode !== 'backfill' || 'through' in step.value;
      if (isKept && !(await hasFiles(files))) yield step.value;
    }
    const { code, signal, error } = await ending;
    run.signal.throwIfAborted();
    if (error !== undefined) throw notStarted(run, error);
    if (code !== 0) throw failed(run.job.id, code ?? signal ?? 'unknown', await stderr);
    const { lines, checkpoint } = step.value();
    if (checkpoint !== undefined && 'checkpoint' in checkpoint) said = checkpoint.checkpoint;
    if (lines.length > 0) yield { lines, url } satisfies Lines;
    yield* leftFiles(files, { job: run.job.id, url, notice: run.notice });
    const left = await newCursor(files, run.job.id);
    // A program that goes by checkpoints leaves the file as it found it.
    const cursor = said !== undefined && (left ?? '') === (run.cursor ?? '') ? said : left;
    if (cursor === undefined) return;
    if (run.mode === 'backfill') refuseSlice(run.job);
    else yield { mark: cursor, isLast: true };
  } finally {
    run.signal.removeEventListener('abort', stop);
    // Also when the reader gave up: a broken line, a full disk.
    stop();
    await ending;
    await files.remove();
  }
}

interface Surroundings extends CommandFiles {
  /** What the lines for its checkpoints begin with. */
  readonly checkpoint: string;
}

function start(run: CommandRun, surroundings: Surroundings): Child {
  const { command, job, env, setup } = run;
  const own = Object.fromEntries(job.dependencies.map((name) => [name, env[name]]));
  const program: Program = {
    command,
    cwd: job.working_directory,
    env: { ...passedOn(env), ...own, ...pathWith(setup, job.working_directory, env), ...variables(run, surroundings) },
  };
  return spawn(...wordsOf(program), { ...spawnOptions(program), stdio: ['ignore', 'pipe', 'pipe'] });
}

const variables = (
  { job, slot, environment, interval, mode }: CommandRun,
  { output, cursorFile, checkpoint }: Surroundings,
) => ({
  TIDEMILL_JOB: job.id,
  TIDEMILL_SERVICE: job.service,
  TIDEMILL_DATA_TYPE: job.data_type,
  TIDEMILL_SLOT: slot,
  TIDEMILL_ENVIRONMENT: environment,
  TIDEMILL_INTERVAL_START: interval.start.toISOString(),
  TIDEMILL_INTERVAL_END: interval.end.toISOString(),
  TIDEMILL_OUTPUT: output,
  TIDEMILL_CURSOR_FILE: cursorFile,
  TIDEMILL_CHECKPOINT: checkpoint,
  TIDEMILL_FULL_REFRESH: String(mode === 'full'),
  TIDEMILL_SCOPE: job.scope,
});

function redactorOf({ job, env }: CommandRun): (line: string) => string {
  const secrets = job.dependencies.flatMap((name) => env[name] ?? []);
  return (line) => redactText(line, secrets);
}

function failed(job: string, ending: number | string, last: string | undefined): TidemillError {
  const message = withLastWords(`${job}: the command ended with ${ending}`, last);
  if (ending === EX_TEMPFAIL) return new TidemillError('transient', 'command-failed', message);
  if (ending === EX_NOPERM) return new TidemillError('auth', 'command-failed', message);
  if (ending === EX_CONFIG) return new TidemillError('config', 'command-failed', message);
  return new TidemillError('source-changed', 'command-failed', message, {
    hint: `The program itself failed: look at what it says, and run it by hand. Exit ${EX_TEMPFAIL} asks for another try, ${EX_NOPERM} says that credentials are refused, ${EX_CONFIG} that its configuration is wrong.`,
  });
}

/** Without its cursor a program that goes by one prints all it has, slice by slice; only a key tells that it came before. */
function refuseSlice({ id, write, primary_key: key }: CommandRun['job']): void {
  if (write !== 'append' || key.length > 0) return;
  const message = `${id} goes on by its cursor, which a backfill does not hand over, and has no key: each slice may double its rows`;
  throw new TidemillError('config', 'command-backfill', message, {
    hint: `Give it a primary_key; or let the command leave $TIDEMILL_CURSOR_FILE alone if it reads its interval. \`npx tidemill backfill ${id} --abandon\` gives this one up.`,
  });
}

const notStarted = ({ command, job }: CommandRun, cause: Error): TidemillError =>
  new TidemillError('config', 'command-not-started', `${job.id}: ${startedBy(command)} cannot be started`, {
    hint: `Is it installed, executable, and is ${job.working_directory} its folder?`,
    cause,
  });

/** Arguments may be long, and are not what is missing. */
const startedBy = (command: CommandRun['command']): string =>
  typeof command === 'string' ? 'the command' : (command[0] ?? 'the command');
