/** One runner: fresh folders, the environment GitHub gives a step, and what steps leave behind for later ones. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join, relative } from 'node:path';
import { type Annotation, annotationsIn, masksIn, readAssignments } from './commands.ts';
import type { Json } from './expression.ts';
import { Masker } from './masker.ts';
import { runScript } from './shell.ts';

/** Where the system's own programs are; Node is not among them until a step sets it up. */
const SYSTEM_PATH = '/usr/bin:/bin';

const PARTS = ['workspace', 'temp', 'home', 'tools'];

/** GitHub drops a longer summary, and says so in an annotation. */
const MAX_SUMMARY_BYTES = 1024 * 1024;

export interface StepResult {
  readonly outcome: 'success' | 'failure';
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
}

export interface MachineOptions {
  /** The `github` context; its texts are also the variables `GITHUB_*`. */
  readonly github: Readonly<Record<string, Json>>;
  /** What the job names of the secrets: a log never shows them, and no output hands them on. */
  readonly secrets: readonly string[];
  /** What the machine itself brings, as a self-hosted runner may. */
  readonly env: Readonly<Record<string, string>>;
}

export class Machine {
  readonly folder: string;
  readonly #options: MachineOptions;
  readonly #exported: Record<string, string> = {};
  readonly #path: string[] = [];
  readonly #masker = new Masker();
  readonly summaries: string[] = [];
  readonly annotations: Annotation[] = [];
  #steps = 0;

  static async start(options: MachineOptions): Promise<Machine> {
    const machine = new Machine(await mkdtemp(join(tmpdir(), 'runner-')), options);
    for (const part of PARTS) await mkdir(join(machine.folder, part));
    await writeFile(join(machine.folder, 'event.json'), JSON.stringify(options.github['event']));
    return machine;
  }

  private constructor(folder: string, options: MachineOptions) {
    this.folder = folder;
    this.#options = options;
    for (const secret of options.secrets) this.#masker.add(secret);
  }

  get workspace(): string {
    return join(this.folder, 'workspace');
  }

  get temp(): string {
    return join(this.folder, 'temp');
  }

  /** The context `runner`. */
  get runner(): Readonly<Record<string, string>> {
    return { os: 'Linux', arch: 'X64', name: 'test', temp: this.temp, tool_cache: join(this.folder, 'tools') };
  }

  /** What steps exported by `$GITHUB_ENV`. */
  get exported(): Readonly<Record<string, string>> {
    return this.#exported;
  }

  /** Takes the machine away, as GitHub does after a job; artifacts stay. */
  async end(): Promise<void> {
    for (const part of PARTS) await rm(join(this.folder, part), { recursive: true, force: true });
  }

  /** Variables for all later steps. */
  export(variables: Readonly<Record<string, string>>): void {
    Object.assign(this.#exported, variables);
  }

  /**
   * What of a job's outputs GitHub hands on: https://github.com/actions/runner at 258d6c8, `JobExtension.cs`. One in which a
   * mask is found is left out, with a warning and nothing else.
   */
  handOn(outputs: Readonly<Record<string, string>>): Record<string, string> {
    const set = Object.entries(outputs).filter(([, value]) => value !== '');
    const open = set.filter(([, value]) => this.#masker.mask(value) === value);
    const shut = set.filter((output) => !open.includes(output));
    for (const [name] of shut) {
      const message = `Skip output '${name}' since it may contain secret.`;
      this.annotations.push({ level: 'warning', message, properties: {} });
    }
    return Object.fromEntries(open);
  }

  addPath(folder: string): void {
    this.#path.unshift(folder);
  }

  /** Runs a script with the variables of its step, and takes in what it left in the runner's files. */
  async run(text: string, shell: string | undefined, env: Readonly<Record<string, string>>): Promise<StepResult> {
    this.#steps += 1;
    const files = await this.#files();
    const variables = { ...this.#variables(), ...env, ...files };
    const { code, log } = await runScript({ text, shell, cwd: this.workspace, env: variables, temp: this.temp });
    for (const mask of masksIn(log)) this.#masker.add(mask);
    this.annotations.push(...annotationsIn(log).map((annotation) => this.#inWorkspace(annotation)));
    this.#summarize(await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'));
    try {
      const outputs = await this.#takeIn(files);
      return { outcome: code === 0 ? 'success' : 'failure', outputs, log: this.#masked(log) };
    } catch (error) {
      this.annotations.push({ level: 'error', message: (error as Error).message, properties: {} });
      return { outcome: 'failure', outputs: {}, log: this.#masked(log) };
    }
  }

  /** The outputs of a step; what it exports is there for the next one. Throws when the runner could not read them. */
  async #takeIn(files: Readonly<Record<'GITHUB_OUTPUT' | 'GITHUB_ENV' | 'GITHUB_PATH', string>>) {
    this.export(readAssignments(await readFile(files.GITHUB_ENV, 'utf8')));
    const paths = (await readFile(files.GITHUB_PATH, 'utf8')).split('\n').filter((line) => line !== '');
    for (const path of paths) this.addPath(path);
    return readAssignments(await readFile(files.GITHUB_OUTPUT, 'utf8'));
  }

  /** The runner's files for one step, empty. */
  async #files() {
    const files = {
      GITHUB_OUTPUT: join(this.temp, `output-${this.#steps}`),
      GITHUB_ENV: join(this.temp, `env-${this.#steps}`),
      GITHUB_PATH: join(this.temp, `path-${this.#steps}`),
      GITHUB_STEP_SUMMARY: join(this.temp, `summary-${this.#steps}`),
    };
    for (const file of Object.values(files)) await writeFile(file, '');
    return files;
  }

  /** https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables */
  #variables(): Record<string, string> {
    const { github, env } = this.#options;
    const known = Object.entries(github).filter(([name, value]) => typeof value === 'string' && name !== 'token');
    const runner = Object.entries(this.runner).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value]);
    return {
      ...env,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      HOME: join(this.folder, 'home'),
      LANG: 'C.UTF-8',
      PATH: [...this.#path, SYSTEM_PATH].join(delimiter),
      ...Object.fromEntries(known.map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, String(value)])),
      ...Object.fromEntries(runner),
      GITHUB_EVENT_PATH: join(this.folder, 'event.json'),
      GITHUB_WORKSPACE: this.workspace,
    };
  }

  /** As it was written, so that tests see what it would hold: the runner hides secrets there, too. */
  #summarize(text: string): void {
    if (text === '') return;
    if (Buffer.byteLength(text) <= MAX_SUMMARY_BYTES) this.summaries.push(text);
    else this.annotations.push({ level: 'error', message: 'the summary is too large', properties: {} });
  }

  /** The runner shows files by their path in the repository. */
  #inWorkspace(annotation: Annotation): Annotation {
    const { file } = annotation.properties;
    if (file === undefined || !isAbsolute(file)) return annotation;
    return { ...annotation, properties: { ...annotation.properties, file: relative(this.workspace, file) } };
  }

  /** By lines, as the runner reads a log: a mask of several finds nothing there. */
  #masked(log: string): string {
    return log
      .split('\n')
      .map((line) => this.#masker.mask(line))
      .join('\n');
  }
}
