/** The steps of a leg, one after the other, and what they know of each other. */
import { type ActionWorld, actions } from './actions.ts';
import { asText, evaluate, isTruthy, type Json, type Scope } from './expression.ts';
import type { StepResult } from './machine.ts';
import type { Row } from './matrix.ts';
import { type Fields, type Job, refuseUnknown, resolve, type Step, Unsupported } from './workflow.ts';

export interface LegStep {
  readonly name: string;
  readonly outcome: StepResult['outcome'] | 'skipped';
  readonly log: string;
  /** The step's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** All that it is given: variables of the workflow and the job too, and inputs of an action. */
  readonly given: readonly string[];
}

type Texts = Readonly<Record<string, string>>;

const FIELDS = 'id name if uses with env run shell continue-on-error timeout-minutes'.split(' ');

/** What GitHub numbers a leg with. */
const LEG_ID = 4711;

export class StepsRun {
  status: 'success' | 'failure' = 'success';
  readonly steps: LegStep[] = [];
  readonly #world: ActionWorld & { readonly job: Job };
  readonly #contexts: Scope['contexts'];
  /** Variables of the workflow and the job. */
  readonly #env: Texts;
  readonly #results: Record<string, Json> = {};

  constructor(world: ActionWorld & { readonly job: Job; readonly workflow: Fields }, contexts: Scope['contexts']) {
    this.#world = world;
    this.#contexts = contexts;
    const [shared, own] = [world.workflow, world.job.fields].map((fields) => {
      return textsOf(resolve(fields.get('env'), { contexts, status: 'success' }));
    });
    this.#env = { ...shared, ...own };
  }

  /** What the step would be given; it is not run, and counts as skipped. */
  look(step: Step): void {
    const scope = this.#scope();
    const env = textsOf(resolve(step.fields.get('env'), scope));
    const name = asText(resolve(step.fields.get('name') ?? step.fields.get('uses'), scope)) || step.id;
    this.#results[step.id] = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
    this.steps.push({ name, outcome: 'skipped', log: '', env, given: this.#given(step, env) });
  }

  async step(step: Step): Promise<void> {
    refuseUnknown(step.fields, FIELDS);
    const scope = this.#scope();
    const env = textsOf(resolve(step.fields.get('env'), scope));
    const name = asText(resolve(step.fields.get('name') ?? step.fields.get('uses'), scope)) || step.id;
    if (!isTruthy(evaluate(step.condition, scope))) return this.look(step);
    const given = this.#given(step, env);
    const { outcome, outputs, log } = await this.#execute(step, env);
    const isForgiven = isTruthy(resolve(step.fields.get('continue-on-error'), scope));
    if (outcome === 'failure' && !isForgiven) this.status = 'failure';
    this.#results[step.id] = { outputs, outcome, conclusion: isForgiven ? 'success' : outcome };
    this.steps.push({ name, outcome, log, env, given });
  }

  /** The job's outputs. */
  outputs(): Record<string, string> {
    return textsOf(resolve(this.#world.job.fields.get('outputs'), this.#scope()));
  }

  async #execute({ id, fields }: Step, own: Texts): Promise<StepResult> {
    const env = this.#envWith(own);
    const scope = this.#scope(own);
    if (fields.has('uses')) {
      return this.#use(asText(resolve(fields.get('uses'), scope)), textsOf(resolve(fields.get('with'), scope)));
    }
    const shell = asText(resolve(fields.get('shell'), scope)) || undefined;
    const text = asText(resolve(fields.get('run'), scope));
    return this.#world.machine.run(text, shell, { ...env, GITHUB_ACTION: id });
  }

  async #use(reference: string, inputs: Texts): Promise<StepResult> {
    const name = reference.split('@')[0] ?? '';
    const action = actions[name];
    if (action === undefined) throw new Unsupported(`the action ${name} is not known here`);
    const unknown = Object.keys(inputs).filter((input) => !action.inputs.includes(input));
    if (unknown.length > 0) throw new Unsupported(`${name} has no input ${unknown.join(', ')}`);
    try {
      const outputs = await action.run(inputs, this.#world);
      return { outcome: 'success', outputs: outputs ?? {}, log: '' };
    } catch (error) {
      if (error instanceof Unsupported) throw error;
      return { outcome: 'failure', outputs: {}, log: `${(error as Error).message}\n` };
    }
  }

  #given({ fields }: Step, own: Texts): string[] {
    const inputs = textsOf(resolve(fields.get('with'), this.#scope(own)));
    return [...Object.values(this.#envWith(own)), ...Object.values(inputs)];
  }

  #envWith(own: Texts): Texts {
    return { ...this.#env, ...this.#world.machine.exported, ...own };
  }

  #scope(own: Texts = {}): Scope {
    const job = { status: this.status, check_run_id: LEG_ID };
    const contexts = { ...this.#contexts, steps: this.#results, env: this.#envWith(own), job };
    return { contexts, status: this.status };
  }
}

export const textsOf = (value: Json): Record<string, string> =>
  Object.fromEntries(Object.entries((value ?? {}) as Row).map(([name, text]) => [name, asText(text)]));
