/** One job on one machine: a row of a matrix, or the only one there is. */
import type { ActionWorld } from './actions.ts';
import type { Annotation } from './commands.ts';
import { asText, type Json, type Scope } from './expression.ts';
import { Machine } from './machine.ts';
import type { Row } from './matrix.ts';
import { isBasicExpression, isMapping, TemplateToken } from './parser.ts';
import { type LegStep, StepsRun, textsOf } from './steps.ts';
import { type Fields, fieldsOf, type Job, refuseUnknown, resolve } from './workflow.ts';

export interface Leg {
  readonly name: string;
  readonly matrix: Row;
  readonly environment: string | undefined;
  readonly timeoutMinutes: number;
  readonly concurrency: Json;
  readonly result: 'success' | 'failure';
  readonly steps: readonly LegStep[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

/** Values of the repository, and what an environment has of its own. */
export interface Settings {
  readonly values: Readonly<Record<string, string>>;
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface LegOptions extends Omit<ActionWorld, 'machine' | 'permissions' | 'afterwards' | 'cacheMode'> {
  readonly job: Job;
  readonly workflow: Fields;
  readonly matrix: Row;
  readonly strategy: Json;
  /** `github`, `inputs` and `needs`. */
  readonly contexts: Readonly<Record<string, Json>>;
  readonly vars: Settings;
  readonly secrets: Settings;
  /** What the machine itself brings, as a self-hosted runner may. */
  readonly machineEnv: Readonly<Record<string, string>>;
  /** `evaluate` makes the leg with everything it has, and its steps with what they would see, but runs none. */
  readonly steps: 'run' | 'evaluate';
}

const FIELDS =
  'name needs if strategy runs-on timeout-minutes permissions environment concurrency outputs env steps'.split(' ');

export async function runLeg(options: LegOptions): Promise<Leg> {
  const { job, matrix, strategy, contexts } = options;
  refuseUnknown(job.fields, FIELDS);
  const scope: Scope = { contexts: { ...contexts, matrix, strategy, vars: options.vars.values }, status: 'success' };
  const environment = environmentOf(job, scope);
  const facts = {
    name: asText(resolve(job.fields.get('name'), scope)) || job.id,
    matrix,
    environment,
    timeoutMinutes: minutesOf(resolve(job.fields.get('timeout-minutes'), scope) ?? 360),
    concurrency: resolve(job.fields.get('concurrency'), scope),
  };
  const secrets = settingsOf(options.secrets, environment);
  const github = { ...(contexts['github'] as Row), job: job.id };
  const named = namedIn(job, Object.keys(secrets)).map((name) => secrets[name] ?? '');
  const machine = await Machine.start({ github, secrets: named, env: options.machineEnv });
  const vars = settingsOf(options.vars, environment);
  const afterwards: (() => void)[] = [];
  const permissions = textsOf(resolve(job.fields.get('permissions'), scope));
  const run = new StepsRun(
    { ...options, machine, permissions, cacheMode: job.cacheMode, afterwards },
    { ...scope.contexts, vars, secrets, github, runner: machine.runner },
  );
  for (const step of job.steps) {
    if (options.steps === 'evaluate') run.look(step);
    else await run.step(step);
  }
  const { status: result, steps } = run;
  if (result === 'success') for (const action of afterwards) action();
  await machine.end();
  const outputs = machine.handOn(run.outputs());
  return { ...facts, result, steps, outputs, summary: machine.summaries.join('\n'), annotations: machine.annotations };
}

function environmentOf(job: Job, scope: Scope): string | undefined {
  const token = job.fields.get('environment');
  // Its address is only known after the steps.
  const name = resolve(token !== undefined && isMapping(token) ? fieldsOf(token).get('name') : token, scope);
  return name === null ? undefined : asText(name);
}

const settingsOf = ({ values, environments }: Settings, environment: string | undefined): Record<string, string> => ({
  ...values,
  ...(environment === undefined ? {} : environments?.[environment]),
});

function minutesOf(value: Json): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 360) return value;
  throw new Error(`timeout-minutes of a hosted machine is a whole number from 1 to 360, not ${value}`);
}

/** A machine is sent the secrets that its job names, and takes each for a mask, whatever is done with it. */
function namedIn({ fields }: Job, names: readonly string[]): string[] {
  const tokens = [...fields.values()].flatMap((field) => [...TemplateToken.traverse(field)].map(([, token]) => token));
  const text = tokens
    .filter(isBasicExpression)
    .map(({ expression }) => expression)
    .join('\n');
  return names.filter((name) => new RegExp(`\\bsecrets\\.${name}\\b`).test(text));
}
