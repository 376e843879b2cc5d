/** What act says of a run with `--json`: an object a line, from all machines at once. */

export interface ActRun {
  /** 0 where every machine has ended well. */
  readonly exit: number;
  /** As they began. */
  readonly machines: readonly Machine[];
  /** Everything that was said, also what act did not mask. */
  readonly log: string;
  /** Texts, by `ARTIFACT/FILE`. */
  readonly artifacts: ReadonlyMap<string, string>;
  /** What each process of Node was given that a step has started: `NAME=VALUE` lines. */
  readonly environments: readonly string[];
}

export interface Machine {
  /** Id of the job in the workflow. */
  readonly job: string;
  /** Of a leg its name, else the id of the job. */
  readonly name: string;
  /** By its steps: act calls a leg failed as soon as another one is. */
  readonly result: 'success' | 'failure';
  /** Those that ran, in their order. */
  readonly steps: readonly Step[];
}

export interface Step {
  readonly name: string;
  readonly outcome: 'success' | 'failure' | undefined;
  /** What its processes printed. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** As the runner was told, `error title=…::message`. */
  readonly annotations: readonly string[];
}

/** A line of its log, as far as tests read it. */
export interface Entry {
  readonly msg: string;
  readonly job?: string;
  readonly jobID?: string;
  readonly matrix?: Readonly<Record<string, unknown>>;
  readonly step?: string;
  readonly stage?: string;
  readonly raw_output?: true;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly raw?: string;
  readonly content?: string;
  readonly stepResult?: 'success' | 'failure';
}

/** Of every machine, by its name. */
export const results = ({ machines }: ActRun): Readonly<Record<string, string>> =>
  Object.fromEntries(machines.map(({ name, result }) => [name, result]));

/** Throws where it did not run, as `ranOn` does without the machine. */
export function step(of: ActRun, on: string, name: string): Step {
  const found = machine(of, on).steps.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no step ${name} on ${on} in\n${of.log}`);
  return found;
}

/** The steps that ran, but for actions without a name. */
export const ranOn = (of: ActRun, on: string): string[] =>
  machine(of, on).steps.flatMap(({ name }) => (name.startsWith('actions/') ? [] : [name]));

function machine({ machines, log }: ActRun, name: string): Machine {
  const found = machines.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no machine ${name} in\n${log}`);
  return found;
}

export function machinesOf(entries: readonly Entry[]): Machine[] {
  const said = Map.groupBy(
    entries.filter(({ jobID }) => jobID !== undefined),
    ({ job = '' }) => job.trim(),
  );
  return [...said.values()].map((own) => {
    const { jobID: job = '', matrix } = own[0]!;
    const steps = stepsOf(own);
    const result = steps.some(({ outcome }) => outcome !== 'success') ? 'failure' : 'success';
    return { job, name: String(matrix?.['leg'] ?? job), result, steps };
  });
}

function stepsOf(own: readonly Entry[]): Step[] {
  const said = Map.groupBy(
    own.filter(({ step, stage }) => step !== undefined && stage === 'Main'),
    ({ step = '' }) => step,
  );
  return [...said].map(([name, entries]) => {
    const of = (wanted: string): Entry[] => entries.filter(({ command }) => command === wanted);
    return {
      name,
      outcome: entries.findLast(({ stepResult }) => stepResult !== undefined)?.stepResult,
      log: entries.flatMap(({ raw_output, msg }) => (raw_output === true ? [msg] : [])).join(''),
      outputs: Object.fromEntries(of('set-output').map((entry) => [entry.name, entry.arg ?? ''])),
      summary: of('summary')
        .map(({ content }) => content)
        .join('\n'),
      annotations: ['error', 'warning'].flatMap((level) => of(level).map(({ raw }) => `${raw}`)),
    };
  });
}
